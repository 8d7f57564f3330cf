// What programs of others make of our documents, asked over stdin and stdout, one JSON a line:
// {kind, text} is answered by what they find in it, or by {error}.
import { createRequire } from 'module';
import { createInterface } from 'readline';
import { join } from 'path';
import { pathToFileURL } from 'url';

const require = createRequire(join(process.argv[2], 'here.js'));

const kinds = {
  // Graphviz: the nodes, edges and clusters of its own drawing.
  async dot() {
    const { instance } = require('@viz-js/viz');
    const viz = await instance();
    return (text) => {
      const { status, output, errors } = viz.render(text, { format: 'json' });
      if (status !== 'success') return { error: JSON.stringify(errors) };
      const drawn = JSON.parse(output);
      const warned = errors.map((each) => each.message).filter((each) => !each.includes('width'));
      const svg = viz.renderString(text, { format: 'svg' });
      return { objects: drawn.objects ?? [], edges: drawn.edges ?? [], warned, svg };
    };
  },
  // Mermaid, which needs something like a page.
  async mermaid() {
    const { JSDOM } = require('jsdom');
    globalThis.window = new JSDOM('').window;
    globalThis.document = window.document;
    const mermaid = (await import(pathToFileURL(require.resolve('mermaid')))).default;
    return async (text) => {
      await mermaid.parse(text);
      const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
      return { nodes: [...db.getVertices().values()].map((each) => each.text), edges: db.getEdges() };
    };
  },
  // AsyncAPI's parser, with its rules.
  async asyncapi() {
    const { Parser } = require('@asyncapi/parser');
    const parser = new Parser();
    return async (text) => {
      const { document, diagnostics } = await parser.parse(text);
      const found = diagnostics.map(({ code, message, path }) => ({ code, message, path }));
      if (!document) return { error: JSON.stringify(found) };
      const operations = document.allOperations().all().map((each) => ({
        id: each.id(),
        action: each.action(),
        channels: each.channels().all().map((channel) => channel.address()),
        tags: each.tags().all().map((tag) => tag.name()),
      }));
      return { operations, found, servers: document.allServers().all().map((each) => each.json()) };
    };
  },
};

const ready = {};
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { kind, text } = JSON.parse(line);
  let answer;
  try {
    ready[kind] ??= await kinds[kind]();
    answer = await ready[kind](text);
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
