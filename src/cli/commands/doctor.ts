import {RpcChainClient} from '../../client/rpc-chain-client.ts';
import type {Finding} from '../../daemon/doctor/finding.ts';
import type {Arguments} from '../arguments.ts';
import {RPC_HELP} from '../chain.ts';
import type {CliContext, Command} from '../command.ts';
import {CliError} from '../errors.ts';
import {loadIdentity, PASSPHRASE_HELP, PASSPHRASE_OPTIONS} from '../keys.ts';
import {nodeConfigOf, SETTING_OPTIONS} from '../node-settings.ts';
import {JSON_OPTION, print} from '../output.ts';

const NAME_WIDTH = 12;

function line({check, status, text, advice}: Finding): string {
  const head = `${status.padEnd(4)}  ${check.padEnd(NAME_WIDTH)}  ${text}`;
  return advice === null ? head : `${head}\n${' '.repeat(NAME_WIDTH + 8)}→ ${advice}`;
}

async function examine(args: Arguments, context: CliContext): Promise<readonly Finding[]> {
  const config = await nodeConfigOf(args, context);
  const {runDoctor} = await import('../../daemon/doctor/doctor.ts');
  const {createSystemPorts} = await import('../../daemon/system-ports.ts');
  const init = {
    config,
    client: new RpcChainClient({url: config.rpc}),
    readIdentity: () => loadIdentity(config.key, args, context),
  };
  const findings: Finding[] = [];
  for await (const finding of runDoctor(init, createSystemPorts(), context.signal)) {
    findings.push(finding);
    if (!args.flag('json')) await context.out(line(finding));
  }
  return findings;
}

export const command: Command = {
  usage: 'doctor --data DIR [--rpc URL] [--json]',
  help: `Looks at a service node of this machine, also while it runs, and says what to do.
Takes the options of 'sessionvm node' but --take-over. Exit code 1 when a check failed.

--data DIR, --key FILE, --capacity SIZE, --config FILE,
--identity URL, --key-chain URL, --key-ref KEY          as the node has them
--owner-key FILE, --owner ADDRESS, --stake UNITS, --listen ADDR, --announce ADDR,
--bootstrap ADDR, --metrics WHERE                       are taken and not looked at
--json                                                  one document with all findings
${PASSPHRASE_HELP}
${RPC_HELP}

example: sessionvm doctor --data ~/.sessionvm/node`,
  options: {...SETTING_OPTIONS, ...PASSPHRASE_OPTIONS, ...JSON_OPTION},
  positionals: [0, 0],
  async run(args, context) {
    const findings = await examine(args, context);
    const failed = findings.filter(({status}) => status === 'fail').length;
    if (args.flag('json')) await print(context, args, {healthy: failed === 0, findings}, () => '');
    if (failed > 0) throw new CliError('CLI_CHECKS_FAILED', {failed, checks: findings.length});
  },
};
