import {stat} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {VM_ID_TEXT} from '../../crypto/ids.ts';
import {FileError, readSmallFile, writeFileAtomic} from '../../daemon/files.ts';
import type {Command} from '../command.ts';
import {CliError, usageError} from '../errors.ts';
import {JSON_OPTION, print} from '../output.ts';

/** The build's launcher: beside the bundle, or in the checkout that these sources belong to. */
async function readLauncher(): Promise<Uint8Array> {
  const here = import.meta.dirname;
  const folders = ['.', '..', '../..', '../../..'].flatMap((up) => [
    join(here, up, 'plugins'),
    join(here, up, 'dist/plugins'),
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

async function assertFolder(path: string): Promise<void> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw usageError(`${path} is no folder: name the node's plugin directory`);
}

export const command: Command = {
  usage: 'plugin install DIR [--json]',
  help: `Puts the plugin's launcher into a node's plugin directory, under the file name that the VM id
demands. It starts Node and the bundle of this installation by absolute paths, so both must stay
where they are. The folder may hold nothing but plugins: nodes refuse other files.

example: sessionvm plugin install ~/.avalanchego/plugins`,
  options: JSON_OPTION,
  positionals: [2, 2],
  async run(args, context) {
    if (args.at(0) !== 'install') throw usageError(`plugin knows 'install', not '${args.at(0)}'`);
    const folder = resolve(args.at(1));
    await assertFolder(folder);
    const file = join(folder, VM_ID_TEXT);
    // The half-written file lies outside: a node that looks meanwhile sees plugins only.
    const init = {mode: 0o755, overwrite: true, temporaryFolder: dirname(folder)};
    await writeFileAtomic(file, await readLauncher(), init);
    print(context, args, {file, vmid: VM_ID_TEXT}, () => `installed ${file}`);
  },
};
