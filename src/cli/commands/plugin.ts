import {join, resolve} from 'node:path';
import {VM_ID_TEXT} from '../../crypto/ids.ts';
import type {Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {foreignFiles, installLauncher, readLauncher} from '../install-plugin.ts';
import {JSON_OPTION, print} from '../output.ts';

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
    const file = await installLauncher(await readLauncher(import.meta.dirname), folder);
    const foreign = await foreignFiles(folder);
    await print(context, args, {file, vmid: VM_ID_TEXT, foreign}, () => `installed ${file}`);
    for (const name of foreign) {
      context.err(`${join(folder, name)} is no plugin: move it, or the node will not start`);
    }
  },
};
