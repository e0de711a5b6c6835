import {mkdir, rm, writeFile} from 'node:fs/promises';
import {dirname, join, relative, resolve} from 'node:path';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {build, type OutputFile} from 'esbuild';
import {VM_ID_TEXT} from '../src/crypto/ids.ts';
import {PROCESS_IS_GLOBAL, sharedAtStart} from './bundle-plugins.ts';
import {pluginLauncher} from './plugin-launcher.ts';

const HELP = `usage: npm run build [-- --entry FILE] [--out FOLDER]
Bundles the program into dist/, each role a part that is loaded only when it is needed, and writes
the launcher for a node's plugin directory as the only file of dist/plugins/.`;

/** CommonJS packages inside an ES module still call \`require\` for what Node brings. */
const REQUIRE = `import {createRequire as createRequireOfBundle} from 'node:module';
const require = createRequireOfBundle(import.meta.url);`;

const PRINTED_FILES = 8;

const checkout = resolve(import.meta.dirname, '..');

async function bundle(entry: string, out: string): Promise<readonly OutputFile[]> {
  const {outputFiles} = await build({
    absWorkingDir: checkout,
    entryPoints: {sessionvm: entry},
    outdir: out,
    outExtension: {'.js': '.mjs'},
    chunkNames: 'parts/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24.15',
    banner: {js: REQUIRE},
    // Class names are part of what errors print, so identifiers stay as they are.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // Finds its compiled store beside its own files.
    external: ['level'],
    plugins: [PROCESS_IS_GLOBAL, sharedAtStart(join(checkout, 'src'))],
    write: false,
    logLevel: 'warning',
  });
  return outputFiles;
}

async function writeAll(files: readonly OutputFile[]): Promise<void> {
  for (const {path, contents} of files) {
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, contents);
  }
}

const toKilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1).padStart(8)} kB`;

function printSizes(files: readonly OutputFile[]): void {
  const largest = files.toSorted((a, b) => b.contents.length - a.contents.length);
  for (const {path, contents} of largest.slice(0, PRINTED_FILES)) {
    console.log(`${toKilobytes(contents.length)}  ${relative(process.cwd(), path)}`);
  }
  const sum = files.reduce((total, {contents}) => total + contents.length, 0);
  console.log(`${toKilobytes(sum)}  in ${files.length} files`);
}

async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {
      entry: {type: 'string', default: join(checkout, 'src/cli/main.ts')},
      out: {type: 'string', default: join(checkout, 'dist')},
      help: {type: 'boolean', default: false},
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const out = resolve(values.out);
  const files = await bundle(resolve(values.entry), out); // a failed build leaves the old one
  await rm(out, {recursive: true, force: true});
  await writeAll(files);
  const launcher = join(out, 'plugins', VM_ID_TEXT);
  const text = pluginLauncher({node: process.execPath, bundle: join(out, 'sessionvm.mjs')});
  await mkdir(dirname(launcher));
  await writeFile(launcher, text, {mode: 0o755});
  printSizes(files);
  console.log(`plugin for nodes of this machine: ${relative(process.cwd(), launcher)}`);
}

await main();
