/** Builds the one module that the widget loads: everything bundled, nothing fetched at run time. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outfile = join(root, "../msgflo_lab_kernel/static/widget.js");
const library = join(root, "node_modules/cytoscape");
const { version } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));
const licence = readFileSync(join(library, "LICENSE"), "utf8").trim();
await build({
  absWorkingDir: root,
  entryPoints: ["src/widget.ts"],
  outfile,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: false,
  charset: "utf8",
  loader: { ".css": "text" },
  legalComments: "eof",
  banner: {
    js:
      "/*! The picture of msgflo-lab (MIT licence). It contains icons from Font Awesome Free by @fontawesome,\n" +
      "https://fontawesome.com (CC BY 4.0, https://creativecommons.org/licenses/by/4.0/, unchanged), and\n" +
      `cytoscape.js ${version}, https://js.cytoscape.org, under this licence:\n\n${licence}\n*/`,
  },
  logLevel: "info",
});
