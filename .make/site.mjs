// Lays out target/site from the browser crate's files, the styles and the public files:
//
//   node site.mjs dev|release STAGE TARGET
//
// Names in pkg/ carry a hash of the content, so that they can be cached forever; site/hash.txt names the hashes, in
// the format of leptos (`hash-files`). A release also gets .br files beside what compresses.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { bundle } from 'lightningcss';

const [kind, stage, target] = process.argv.slice(2);
const site = join(target, 'site');
const next = join(target, 'site-next');
const pkg = join(next, 'pkg');

rmSync(next, { recursive: true, force: true });
mkdirSync(pkg, { recursive: true });
cpSync('public', next, { recursive: true, filter: (path) => path === 'public' || !basename(path).startsWith('.') });

const { code, warnings } = bundle({ filename: 'style/main.css', minify: kind === 'release', errorRecovery: false });
for (const w of warnings) throw new Error(`style/main.css: ${w.message}`);

const hashes = [];
const write = (extension, bytes) => {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  writeFileSync(join(pkg, `everpresent.${hash}.${extension}`), bytes);
  hashes.push(`${extension}: ${hash}`);
};
write('js', readFileSync(join(stage, 'everpresent.js')));
write('wasm', readFileSync(join(stage, 'everpresent_bg.wasm')));
write('css', code);
// JavaScript of libraries, in folders that carry a hash already.
const snippets = join(stage, 'snippets');
if (existsSync(snippets)) cpSync(snippets, join(pkg, 'snippets'), { recursive: true });

if (kind === 'release') {
  for (const name of readdirSync(next, { recursive: true })) {
    const path = join(next, name);
    if (!/\.(css|html|ico|js|json|svg|txt|wasm|webmanifest)$/.test(name) || !statSync(path).isFile()) continue;
    const bytes = readFileSync(path);
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    };
    const small = brotliCompressSync(bytes, { params });
    if (small.length < bytes.length) writeFileSync(`${path}.br`, small);
    if (name.startsWith('pkg')) console.error(`   ${name}: ${bytes.length} bytes, ${Math.min(small.length, bytes.length)} in brotli`);
  }
}

writeFileSync(join(next, 'hash.txt'), `${hashes.join('\n')}\n`);
rmSync(site, { recursive: true, force: true });
renameSync(next, site);
