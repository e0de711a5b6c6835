import {readdir, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {idFromString, VM_ID_TEXT} from '../crypto/ids.ts';
import {FileError, readSmallFile, writeFileAtomic} from '../daemon/files.ts';
import {CodecError} from '../protocol/errors.ts';
import {CliError, usageError} from './errors.ts';

/** How far above the running code the build's folder may lie: bundle, or sources in a checkout. */
const LEVELS = ['.', '..', '../..', '../../..'];

/**
 * The launcher that the build made, looked for from the folder of the running code upwards.
 * @throws CliError CLI_UNAVAILABLE when nothing was built.
 */
export async function readLauncher(from: string): Promise<Uint8Array> {
  const folders = LEVELS.flatMap((up) => [
    join(from, up, 'plugins'),
    join(from, up, 'dist/plugins'),
  ]);
  for (const folder of folders) {
    try {
      return await readSmallFile(join(folder, VM_ID_TEXT));
    } catch (error) {
      if (!(error instanceof FileError) || error.code !== 'FILE_MISSING') throw error;
    }
  }
  throw new CliError('CLI_UNAVAILABLE', {
    problem: "there is no built plugin: run 'npm run build' in the checkout first",
  });
}

/**
 * Puts the launcher into a node's plugin folder, in place of an older one, and answers its path.
 * @throws CliError CLI_USAGE when there is no such folder; FileError FILE_UNWRITABLE
 */
export async function installLauncher(launcher: Uint8Array, folder: string): Promise<string> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw usageError(`${folder} is no folder: name the node's plugin directory`);
  const file = join(folder, VM_ID_TEXT);
  // The half-written file lies outside: a node that looks meanwhile sees plugins only.
  const init = {mode: 0o755, overwrite: true, temporaryFolder: dirname(folder)};
  await writeFileAtomic(file, launcher, init);
  return file;
}

/** A host cuts the extension off, skips what is left empty, and wants the id of a VM else. */
function isPluginName(name: string): boolean {
  const dot = name.lastIndexOf('.');
  const stem = dot < 0 ? name : name.slice(0, dot);
  if (stem === '') return true;
  try {
    idFromString(stem);
    return true;
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}

/** Files of a plugin folder that are no plugins: a node refuses to start on them. */
export async function foreignFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, {withFileTypes: true});
  const names = entries.filter((entry) => !entry.isDirectory()).map(({name}) => name);
  return names.filter((name) => !isPluginName(name)).sort();
}
