import {execFile} from 'node:child_process';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import process from 'node:process';
import {promisify} from 'node:util';
import {BUNDLE_VARIABLE} from './program.ts';

const ROOT = join(import.meta.dirname, '..');

/**
 * Builds the program once for all suites that start it as a process, in a folder of this run: a node
 * starts in a third of the time that it takes from source, and sixteen of them share two cores.
 */
export default async function buildOnce(): Promise<() => Promise<void>> {
  // In the checkout: the bundle finds its compiled store from where it lies.
  const folder = join(ROOT, 'node_modules', '.cache', 'sessionvm-tests', String(process.pid));
  const out = join(folder, 'dist');
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build.ts'), '--out', out]);
  process.env[BUNDLE_VARIABLE] = join(out, 'sessionvm.mjs');
  return () => rm(folder, {recursive: true, force: true});
}
