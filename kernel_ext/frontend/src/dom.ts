/**
 * Making elements. Names come from outside, so text goes in as text and attributes as attributes;
 * no function here takes markup.
 */

type Attributes = Record<string, string | number | boolean | null | undefined>;

/** Sets attributes that differ; null, undefined and false remove. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else {
      const text = value === true ? "" : String(value);
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
  }
}

/** Sets an element's text if it differs, so that nothing is touched in vain. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** An HTML element with class and attributes. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** A small line drawing of 16 x 16, from path data of our own. */
export function makeGlyph(data: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  setAttributes(svg, { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" });
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", data);
  svg.append(path);
  return svg;
}
