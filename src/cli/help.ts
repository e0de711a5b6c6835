import type {Command} from './command.ts';
import {COMMANDS} from './registry.ts';

const NAME_WIDTH = 14;

/** The list of commands. */
export function overview(): string {
  const rows = Object.entries(COMMANDS).map(
    ([name, {summary}]) => `  ${name.padEnd(NAME_WIDTH)}${summary}`,
  );
  return [
    'sessionvm: the chain VM, service node and client of a post-quantum private messenger (LP-046)',
    '',
    'usage: sessionvm COMMAND [ARGUMENTS]',
    '',
    ...rows,
    `  ${'help'.padEnd(NAME_WIDTH)}this text, or that of a command: sessionvm help COMMAND`,
    '',
    'A node (avalanchego, luxd) starts this program without arguments as its plugin.',
    'Commands that ask a chain take --rpc URL, or SESSIONVM_RPC; those that print data take --json.',
    'Exit codes: 0 done, 1 failed, 2 wrong usage.',
  ].join('\n');
}

/** The text of one command. */
export function commandHelp({usage, help}: Command): string {
  return `usage: sessionvm ${usage}\n\n${help}`;
}
