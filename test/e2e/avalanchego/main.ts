import {access, mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join, resolve} from 'node:path';
import {createGenesis} from '../../../src/protocol/chain/genesis.ts';
import {type Arguments, parseArguments, USAGE} from './arguments.ts';
import {E2eError} from './errors.ts';
import {exitCodeOf} from './exit-code.ts';
import {getNode, HOW_TO_GET_A_NODE} from './get-node.ts';
import {LocalNetwork} from './network.ts';
import {trackFolder} from './process-groups.ts';
import {Runner} from './runner.ts';
import {ServiceNodes} from './service-nodes.ts';
import type {ChainStep} from './stage.ts';
import {startChain} from './start-chain.ts';
import {
  everybodyPasses,
  finesTheSilent,
  formSwarms,
  nobodyElseIsFined,
  registerNodes,
} from './steps/duties.ts';
import {hostileCostsItself, hostileNode} from './steps/hostile-node.ts';
import {followEventsThroughTheNode, openRpcThroughTheNode} from './steps/http.ts';
import {secondValidator, thirdValidator, validatorsGoOn} from './steps/joining-validators.ts';
import {readWithoutTheSilent, sendAndRead} from './steps/messages.ts';
import {joinByState} from './steps/state-sync.ts';
import {surviveNodeKill, survivePluginKill} from './steps/survive-kill.ts';
import {gossipTransfers} from './steps/tx-gossip.ts';
import {wrongProtocol} from './steps/wrong-protocol.ts';

/** What is checked of the running chain, in this order. */
const STEPS: readonly ChainStep[] = [
  registerNodes,
  formSwarms,
  everybodyPasses,
  sendAndRead,
  finesTheSilent,
  readWithoutTheSilent,
  surviveNodeKill,
  nobodyElseIsFined,
  survivePluginKill,
  nobodyElseIsFined,
  secondValidator,
  thirdValidator,
  validatorsGoOn,
  gossipTransfers,
  openRpcThroughTheNode,
  followEventsThroughTheNode,
  hostileNode,
  joinByState,
  hostileCostsItself,
  wrongProtocol,
];

const SERVICE_NODES = 16;
/** Epoch 0 is under way when the chain starts, as on a chain that was planned. */
const GENESIS_AGE_SECONDS = 3;

const LOG_TAIL_LINES = 40;
const LOG_LINE_LENGTH = 400;
const checkout = resolve(import.meta.dirname, '../../..');
const say = (line: string): void => console.log(line);

async function requireFile(file: string, missing: () => E2eError): Promise<void> {
  try {
    await access(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw missing();
    throw error;
  }
}

async function printLogs({network, serviceNodes}: Run): Promise<void> {
  console.error(`--- last lines of the service nodes (${serviceNodes.logFile})`);
  for (const line of await serviceNodes.logTail(LOG_TAIL_LINES)) {
    console.error(line.slice(0, LOG_LINE_LENGTH));
  }
  for (const node of network.nodes) {
    console.error(`--- last lines of node ${node.name} (${node.logFile})`);
    for (const line of await node.logTail(LOG_TAIL_LINES)) {
      console.error(line.slice(0, LOG_LINE_LENGTH));
    }
  }
}

type Run = {
  readonly network: LocalNetwork;
  readonly serviceNodes: ServiceNodes;
  readonly vmId: string;
};

async function runSteps(runner: Runner, {network, serviceNodes, vmId}: Run): Promise<void> {
  const timestamp = Math.floor(Date.now() / 1000) - GENESIS_AGE_SECONDS;
  const {allocations} = serviceNodes;
  const genesis = createGenesis({preset: 'dev', timestamp, allocations});
  const stage = await startChain(runner, network, {vmId, genesis, serviceNodes});
  for (const {name, run} of STEPS) {
    await runner.step(name, async () => ({value: undefined, facts: await run(stage)}));
  }
  await runner.step('every node stops and leaves no process', async () => {
    await serviceNodes.stop();
    await network.stop();
    return {value: undefined, facts: ''};
  });
}

/** Returns the exit code. Errors before the first step are the caller's. */
async function run({plugin, keep}: Arguments, binary: string): Promise<number> {
  const vmId = basename(plugin);
  const folder = await mkdtemp(join(tmpdir(), 'sessionvm-e2e-'));
  if (keep) say(`keeping ${folder}`);
  else trackFolder(folder);
  const serviceNodes = new ServiceNodes(SERVICE_NODES, folder);
  const network = await LocalNetwork.create({binary, plugin: {file: plugin, vmId}, folder});
  const runner = new Runner(say);
  try {
    await runSteps(runner, {network, serviceNodes, vmId});
  } catch (error) {
    await printLogs({network, serviceNodes, vmId});
    console.error(error);
    say(runner.summary);
    console.error(`FAILED: ${runner.current ?? 'between two steps'}`);
    return 1;
  }
  say(runner.summary);
  return 0;
}

async function main(argv: readonly string[]): Promise<number> {
  const args = parseArguments(argv, checkout);
  if (args.command === 'help') {
    say(USAGE);
    return 0;
  }
  if (args.command === 'get-node') {
    say(await getNode((line) => console.error(line)));
    return 0;
  }
  const {node, plugin} = args;
  if (node === undefined) {
    console.error(HOW_TO_GET_A_NODE);
    return 2;
  }
  await requireFile(node, () => {
    console.error(HOW_TO_GET_A_NODE);
    return new E2eError('E2E_NODE_MISSING', {node});
  });
  await requireFile(plugin, () => {
    const make = 'npm run build';
    return new E2eError('E2E_PLUGIN_MISSING', {plugin, make});
  });
  return run(args, node);
}

// Not by exitCode: after a failed step nodes still run, and it is the exit that ends them.
process.exit(await exitCodeOf(() => main(process.argv.slice(2)), USAGE));
