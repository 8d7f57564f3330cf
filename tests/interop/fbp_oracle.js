// The reference parser of the graph language, asked over stdin and stdout, one JSON a line:
// {text, options} is answered by {graph} or {error, line}.
'use strict';
const readline = require('readline');
const fbp = require(process.argv[2]);

readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', (line) => {
  const { text, options } = JSON.parse(line);
  let answer;
  try {
    answer = { graph: fbp.parse(text, options) };
  } catch (error) {
    answer = { error: error.message, line: error.location ? error.location.start.line : null };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
});
