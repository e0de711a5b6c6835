import {execFile} from 'node:child_process';
import {chmod, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

/** The system refuses a process to make any file longer: as on a full disk. */
export async function limitFiles(pid: number, most: number | 'unlimited'): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${most}:`]);
}

export async function largestFile(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return Math.max(...sizes);
}

/** This mode for a folder and all folders below it: 0o500 lets nobody make a file there. */
export async function setModes(folder: string, mode: number): Promise<void> {
  // Going down it must be open.
  await chmod(folder, 0o700);
  const below = await readdir(folder, {withFileTypes: true});
  const folders = below.filter((entry) => entry.isDirectory());
  for (const {name} of folders) await setModes(join(folder, name), mode);
  await chmod(folder, mode);
}
