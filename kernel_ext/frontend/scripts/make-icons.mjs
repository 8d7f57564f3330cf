/**
 * Writes the picture's icons: path data of a chosen set, looked up by Font Awesome 4 name.
 *
 * Participants announce an icon as a Font Awesome 4 name without `fa-` (`file-word-o`). The current
 * package renamed many of those; its own table of old names says to what. The result is one JSON
 * file, tracked in git, read by this front end and by the static picture in Python, so that both
 * know the same names: `{"about": "...", "icons": {name: {"w", "h", "d"}}}`.
 *
 * Run `npm run icons` after changing `icon-names.txt`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const packageFile = createRequire(import.meta.url).resolve("@fortawesome/fontawesome-free/package.json");
const root = dirname(packageFile);
const { version } = JSON.parse(readFileSync(packageFile, "utf8"));
const target = join(here, "../../../msgflo_lab/picture/icons.json");
const folders = { fas: "solid", far: "regular", fab: "brands" };

/** The table of renamed icons: a mapping of mappings with two keys, so no YAML library is needed. */
function readOldNames() {
  const renamed = new Map();
  let entry = null;
  for (const line of readFileSync(join(root, "metadata/shims.yml"), "utf8").split("\n")) {
    const [, indent, key, value] = /^( *)['"]?([\w-]+)['"]?:\s*['"]?([\w-]*)['"]?$/.exec(line) ?? [];
    if (key === undefined) continue;
    if (indent === "") renamed.set(key, (entry = { prefix: "fas", name: key }));
    else entry[key] = value;
  }
  return renamed;
}

/** Other names that the current package itself accepts for an icon. */
function readAliases() {
  const families = JSON.parse(readFileSync(join(root, "metadata/icon-families.json"), "utf8"));
  const aliases = new Map();
  for (const [name, { aliases: other }] of Object.entries(families))
    for (const alias of other?.names ?? []) aliases.set(alias, name);
  return aliases;
}

function svgFile(prefix, name) {
  const file = join(root, "svgs", folders[prefix], `${name}.svg`);
  return existsSync(file) ? file : null;
}

const renamed = readOldNames();
const aliases = readAliases();

function find(name) {
  // The table leaves out names where only the style changed: `bell-o` is `bell`, regular.
  const now = renamed.get(name) ?? { prefix: name.endsWith("-o") ? "far" : "fas", name: name.replace(/-o$/, "") };
  const spellings = [now.name, aliases.get(now.name)].filter(Boolean);
  for (const prefix of [now.prefix, "fas", "far", "fab"])
    for (const spelling of spellings) {
      const file = svgFile(prefix, spelling);
      if (file) return readFileSync(file, "utf8");
    }
  throw new Error(`no icon for ${JSON.stringify(name)} in Font Awesome Free ${version}; see icon-names.txt`);
}

const names = readFileSync(join(here, "icon-names.txt"), "utf8")
  .split(/\s+/)
  .filter((word) => word && !word.startsWith("#"));
const icons = {};
for (const name of [...new Set(names)].sort()) {
  const svg = find(name);
  const [, w, h] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg);
  const paths = [...svg.matchAll(/<path[^>]* d="([^"]+)"/g)].map((match) => match[1]);
  if (paths.length === 0) throw new Error(`icon ${name} has no path`);
  icons[name] = { w: Number(w), h: Number(h), d: paths.join("") };
}
const about =
  `Path data of icons from Font Awesome Free ${version} by @fontawesome, https://fontawesome.com. ` +
  "Icons: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/. Copyright Fonticons, Inc. " +
  "A chosen set, under its Font Awesome 4 names; the path data is unchanged.";
const lines = Object.entries(icons).map(([name, icon]) => `${JSON.stringify(name)}: ${JSON.stringify(icon)}`);
writeFileSync(target, `{"about": ${JSON.stringify(about)},\n"icons": {\n${lines.join(",\n")}\n}}\n`);
console.log(`${lines.length} icons`);
