// npm's fbp-spec, asked over stdin and stdout, one JSON a line: {expect, data} is answered by
// {problem}, which is null if the data are as expected.
'use strict';
const readline = require('readline');
const path = require('path');
const expectation = require(path.join(process.argv[2], 'lib', 'expectation'));

readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', (line) => {
  const { expect, data } = JSON.parse(line);
  let problem = null;
  try {
    expectation.expect(expect, data);
  } catch (error) {
    problem = String((error && error.message) || error);
  }
  process.stdout.write(JSON.stringify({ problem }) + '\n');
});
