import {ABOUT} from '../about.ts';
import type {Command} from '../command.ts';
import {fields, JSON_OPTION, print} from '../output.ts';

function describe({vmid, version, rpcchainvm}: typeof ABOUT): string {
  return fields([
    ['sessionvm:', ''],
    ['  VMID:', vmid],
    ['  Version:', version],
    ['  Plugin Version:', String(rpcchainvm)],
  ]).trimEnd();
}

export const command: Command = {
  usage: 'version [--json]',
  help: `Prints name, VM id, version and plugin protocol. Needs no environment.

example: sessionvm version`,
  options: {...JSON_OPTION},
  positionals: [0, 0],
  async run(args, context) {
    await print(context, args, ABOUT, describe);
  },
};
