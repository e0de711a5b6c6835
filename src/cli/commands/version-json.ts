import {VM_ID_TEXT} from '../../crypto/ids.ts';
import {RPCCHAINVM_DEFAULT, RPCCHAINVM_SUPPORTED, VERSION} from '../../protocol/version.ts';
import type {Command} from '../command.ts';

export const command: Command = {
  usage: 'version-json',
  help: `Prints name, VM id, version and plugin protocol as JSON. Needs no environment.

example: sessionvm version-json`,
  options: {},
  positionals: [0, 0],
  async run(_args, {out}) {
    const about = {
      name: 'sessionvm',
      vmid: VM_ID_TEXT,
      version: VERSION,
      rpcchainvm: RPCCHAINVM_DEFAULT,
      rpcchainvmSupported: RPCCHAINVM_SUPPORTED,
    };
    out(JSON.stringify(about));
  },
};
