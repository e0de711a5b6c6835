import {readFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {VM_ID_TEXT} from '../../../src/crypto/ids.ts';
import {parseGenesis} from '../../../src/protocol/chain/genesis.ts';
import {E2eError} from './errors.ts';
import {exitCodeOf} from './exit-code.ts';
import {createChain, createSubnet, isLocalNetwork} from './p-chain.ts';

const USAGE = `usage: scripts/with-node node test/e2e/avalanchego/create-chain.ts --genesis FILE [--uri URL] [--subnet ID]

Creates a subnet and a SessionVM chain in it, on a local network (--network-id=local), where the
well-known test key pays and owns the subnet.

  --genesis FILE  bytes of sessionvm genesis
  --uri URL       a node of the network (default http://127.0.0.1:9650)
  --subnet ID     a subnet of an earlier call, instead of a new one
  --help          this text`;

type Arguments = {readonly genesis: string; readonly uri: string; readonly subnet?: string};

function parseArguments(argv: readonly string[]): Arguments | 'help' {
  try {
    const {values} = parseArgs({
      args: [...argv],
      options: {
        genesis: {type: 'string'},
        uri: {type: 'string', default: 'http://127.0.0.1:9650'},
        subnet: {type: 'string'},
        help: {type: 'boolean', default: false},
      },
    });
    if (values.help) return 'help';
    const {genesis, uri, subnet} = values;
    if (genesis === undefined) throw new E2eError('E2E_USAGE', {problem: '--genesis is missing'});
    return {genesis, uri: uri.replace(/\/+$/, ''), ...(subnet === undefined ? {} : {subnet})};
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new E2eError('E2E_USAGE', {problem: error.message}, {cause: error});
  }
}

/** The bytes of a file that our chain can begin with: a chain of other bytes would never start. */
async function readGenesis(file: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(file);
    parseGenesis(bytes);
    return bytes;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new E2eError('E2E_USAGE', {problem: error.message}, {cause: error});
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const args = parseArguments(argv);
  if (args === 'help') {
    console.log(USAGE);
    return 0;
  }
  const {uri} = args;
  const genesis = await readGenesis(args.genesis);
  if (!(await isLocalNetwork(uri))) {
    const problem = 'is not of a local network: use the wallet of your network there';
    throw new E2eError('E2E_NODE_UNUSABLE', {uri, problem});
  }
  const subnetId = args.subnet ?? (await createSubnet(uri));
  console.log(`subnet   ${subnetId}`);
  const chain = {subnetId, vmId: VM_ID_TEXT, name: 'session', genesis};
  const chainId = await createChain(uri, chain);
  console.log(`chain    ${chainId}
restart  the node with --track-subnets=${subnetId}
rpc      ${uri}/ext/bc/${chainId}/rpc`);
  return 0;
}

process.exitCode = await exitCodeOf(() => main(process.argv.slice(2)), USAGE);
