// render.js MODULE TEMPLATE DATA SECONDS: what bench-rendering does, with the Mustache of npm. The
// template is parsed once; its output goes to stdout, count and processor seconds to stderr.
const [module_path, template_path, data_path, seconds] = process.argv.slice(2);
const fs = require('fs');
const mustache = require(require('path').resolve(module_path));
const template = fs.readFileSync(template_path, 'utf8');
const data = JSON.parse(fs.readFileSync(data_path, 'utf8'));
let text = '';
// The first turns, in which the engine compiles what is hot, do not count.
for (let i = 0; i < 2000; i++) text = mustache.render(template, data);
const begin = process.cpuUsage();
let count = 0, used = 0;
do {
  for (let i = 0; i < 100; i++, count++) text = mustache.render(template, data);
  const now = process.cpuUsage(begin);
  used = (now.user + now.system) / 1e6;
} while (used < Number(seconds));
process.stdout.write(text);
process.stderr.write(JSON.stringify({ count, seconds: used }) + '\n');
