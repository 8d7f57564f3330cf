// The table of dead letters. All of its texts came from outside: `textContent`, never markup.

const COLUMNS = ["port", "reason", "times", "first", "payload"];

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function render({ model, el }) {
  el.className = "msgflo-letters";
  el.dataset.lmSuppressShortcuts = "true";
  const table = element("table");
  const head = table.createTHead().insertRow();
  const all = element("input");
  all.type = "checkbox";
  all.title = "all";
  all.setAttribute("aria-label", "all");
  head.append(element("th", "msgflo-tick"));
  head.cells[0].append(all);
  for (const column of COLUMNS) head.append(element("th", `msgflo-${column}`, column));
  const body = table.createTBody();
  const empty = element("div", "msgflo-empty");
  el.append(table, empty);

  function tick(keys) {
    const wanted = new Set(keys);
    const inOrder = model.get("rows").map((row) => row.key);
    model.set("ticked", inOrder.filter((key) => wanted.has(key)));
    model.save_changes();
  }

  function choose(key) {
    model.set("chosen", model.get("chosen") === key ? "" : key);
    model.save_changes();
  }

  function rowOf(row) {
    const line = element("tr");
    line.dataset.key = row.key;
    line.tabIndex = 0;
    const box = element("input");
    box.type = "checkbox";
    box.setAttribute("aria-label", `${row.port}: ${row.payload}`);
    box.addEventListener("change", () => {
      const others = model.get("ticked").filter((key) => key !== row.key);
      tick(box.checked ? [...others, row.key] : others);
    });
    const cell = element("td", "msgflo-tick");
    cell.addEventListener("click", (event) => event.stopPropagation());
    cell.append(box);
    line.append(cell);
    for (const column of COLUMNS) {
      const text = element("td", `msgflo-${column}`, row[column]);
      text.title = row[column];
      if (column === "payload" && row.edited) text.prepend(element("b", "", "edited "));
      line.append(text);
    }
    line.addEventListener("click", () => choose(row.key));
    line.addEventListener("keydown", (event) => {
      if (event.target !== line) return;
      const next = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling };
      if (event.key === "Enter") choose(row.key);
      else if (event.key === " ") box.click();
      else if (next[event.key]) next[event.key].focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return line;
  }

  function drawRows() {
    const focused = body.contains(document.activeElement)
      ? document.activeElement.closest("tr")?.dataset.key
      : undefined;
    const top = el.scrollTop;
    const rows = model.get("rows");
    body.replaceChildren(...rows.map(rowOf));
    table.classList.toggle("msgflo-dated", rows.some((row) => row.first.length > 8));
    el.scrollTop = top;
    for (const line of body.rows) if (line.dataset.key === focused) line.focus({ preventScroll: true });
    drawMarks();
  }

  // While a letter is open below, what comes in must not push it away from under somebody's hands.
  function holdHeight() {
    if (!model.get("chosen")) el.style.height = "";
    else if (!el.style.height && el.offsetHeight) el.style.height = `${Math.max(el.offsetHeight, 150)}px`;
  }

  function drawMarks() {
    holdHeight();
    const ticked = new Set(model.get("ticked"));
    const chosen = model.get("chosen");
    for (const line of body.rows) {
      line.querySelector("input").checked = ticked.has(line.dataset.key);
      line.classList.toggle("msgflo-chosen", line.dataset.key === chosen);
      line.setAttribute("aria-current", String(line.dataset.key === chosen));
    }
    const count = body.rows.length;
    all.checked = count > 0 && ticked.size === count;
    all.indeterminate = ticked.size > 0 && ticked.size < count;
    table.style.display = count ? "" : "none";
    empty.textContent = count ? "" : model.get("empty");
  }

  all.addEventListener("change", () => {
    tick(all.checked ? model.get("rows").map((row) => row.key) : []);
  });
  model.on("change:rows", drawRows);
  model.on("change:ticked change:chosen change:empty", drawMarks);
  drawRows();
  return () => {
    model.off("change:rows", drawRows);
    model.off("change:ticked change:chosen change:empty", drawMarks);
  };
}

export default { render };
