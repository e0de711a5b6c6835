import {VM_ID_TEXT} from '../../crypto/ids.ts';
import {RPCCHAINVM_DEFAULT, VERSION} from '../../protocol/version.ts';
import type {Command} from '../command.ts';
import {fields} from '../output.ts';

export const command: Command = {
  usage: 'version',
  help: `Prints name, VM id, version and plugin protocol. Needs no environment.

example: sessionvm version`,
  options: {},
  positionals: [0, 0],
  async run(_args, {out}) {
    out(
      fields([
        ['sessionvm:', ''],
        ['  VMID:', VM_ID_TEXT],
        ['  Version:', VERSION],
        ['  Plugin Version:', String(RPCCHAINVM_DEFAULT)],
      ]).trimEnd(),
    );
  },
};
