// A line of text. It came from outside: `textContent`, never markup.

function render({ model, el }) {
  const draw = () => {
    const tone = model.get("tone");
    el.textContent = model.get("text");
    el.className = `msgflo-said${tone ? ` msgflo-said-${tone}` : ""}`;
    el.setAttribute("role", tone === "error" ? "alert" : "status");
    el.style.display = model.get("text") ? "" : "none";
  };
  model.on("change:text change:tone", draw);
  draw();
  return () => model.off("change:text change:tone", draw);
}

export default { render };
