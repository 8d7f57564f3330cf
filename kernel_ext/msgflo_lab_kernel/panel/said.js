// A line of text. It came from outside: `textContent`, never markup.

const TONES = ["title", "muted", "error"].map((tone) => `msgflo-said-${tone}`);

function render({ model, el }) {
  el.classList.add("msgflo-said");
  const draw = () => {
    const tone = model.get("tone");
    el.textContent = model.get("text");
    el.classList.remove(...TONES); // one by one: the panel has given it a class, too
    if (tone) el.classList.add(`msgflo-said-${tone}`);
    el.setAttribute("role", tone === "error" ? "alert" : "status");
    el.style.display = model.get("text") ? "" : "none";
  };
  model.on("change:text change:tone", draw);
  draw();
  return () => model.off("change:text change:tone", draw);
}

export default { render };
