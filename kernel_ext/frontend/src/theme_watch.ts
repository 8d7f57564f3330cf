/**
 * Notices that the host's theme has changed.
 *
 * Themes change in several steps (an attribute, a style sheet that arrives later), so watching
 * attributes alone reads the colours too early. Therefore a hidden probe also *transitions* its
 * colours: the browser itself then reports whenever a variable resolves to something new.
 */
import { derivePalette, type Palette, readHost } from "./theme";

const PROBE_STYLE =
  "position:absolute;width:0;height:0;overflow:hidden;visibility:hidden;pointer-events:none;" +
  "color:var(--jp-ui-font-color1,var(--vscode-editor-foreground,#000));" +
  "background-color:var(--jp-layout-color0,var(--vscode-editor-background,#fff));" +
  "border-left:0 solid var(--jp-brand-color1,var(--vscode-textLink-foreground,#00f));" +
  "outline-color:var(--jp-layout-color1,#fff);" +
  "transition:color 10ms,background-color 10ms,border-left-color 10ms,outline-color 10ms";

const ATTRIBUTES = ["class", "style", "data-jp-theme-light", "data-jp-theme-name", "data-theme", "data-vscode-theme-kind"];

/** Calls `apply` with the palette now and after every change; returns what ends that. */
export function watchTheme(element: HTMLElement, apply: (palette: Palette) => void): () => void {
  let known = "";
  let scheduled = 0;
  const read = (): void => {
    scheduled = 0;
    const palette = derivePalette(readHost(element));
    const signature = JSON.stringify(palette);
    if (signature === known) return;
    known = signature;
    apply(palette);
  };
  const soon = (): void => {
    scheduled ||= requestAnimationFrame(read);
  };

  const probe = document.createElement("div");
  probe.style.cssText = PROBE_STYLE;
  probe.setAttribute("aria-hidden", "true");
  probe.addEventListener("transitionend", soon);
  element.append(probe);

  const observer = new MutationObserver(soon);
  for (const watched of [document.documentElement, document.body])
    observer.observe(watched, { attributes: true, attributeFilter: ATTRIBUTES });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", soon);

  read();
  return () => {
    observer.disconnect();
    scheme.removeEventListener("change", soon);
    cancelAnimationFrame(scheduled);
    probe.remove();
  };
}
