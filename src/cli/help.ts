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

/** What a command that speaks to somebody takes from the environment, by the option that says the same. */
const VARIABLES = {rpc: 'SESSIONVM_RPC', node: 'SESSIONVM_NODE', key: 'SESSIONVM_KEY'} as const;

/** What must be set for the examples; those that name a URL are whole. */
function needsOfExamples(help: string): string {
  const examples = help.slice(help.search(/\nexamples?: /));
  if (examples.includes('http')) return '';
  const unsaid = Object.entries(VARIABLES)
    .filter(([option, variable]) => help.includes(variable) && !examples.includes(`--${option} `))
    .map(([, variable]) => variable);
  return unsaid.length === 0 ? '' : `\n         with ${unsaid.join(' and ')} set`;
}

/** The text of one command. */
export function commandHelp({usage, help}: Command): string {
  return `usage: sessionvm ${usage}\n\n${help}${needsOfExamples(help)}`;
}
