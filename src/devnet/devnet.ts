import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {DevnetError} from './errors.ts';
import type {PluginExit} from './host/plugin-process.ts';
import {type Network, startNetwork} from './network.ts';
import type {ProgramChoice} from './programs.ts';

export type DevnetInit = {
  readonly nodes: number;
  /** Where everything is kept; a temporary folder, removed at the end, when undefined. */
  readonly directory: string | undefined;
  readonly isJson: boolean;
  readonly programs?: ProgramChoice;
};

export type DevnetIo = {
  readonly out: (text: string) => void;
  /** One line that replaces the one before, on a terminal; absent without one. */
  readonly status?: ((text: string) => void) | undefined;
  readonly signal: AbortSignal;
};

/**
 * The folder for one run, and what to do with it afterwards.
 * @throws DevnetError DEVNET_DATA when no temporary one can be made
 */
export async function openFolder(
  directory: string | undefined,
): Promise<{readonly path: string; close(): Promise<void>}> {
  if (directory !== undefined) return {path: resolve(directory), close: () => Promise.resolve()};
  const above = tmpdir();
  const path = await mkdtemp(join(above, 'sessionvm-devnet-')).catch((cause) => {
    const problem = `no folder can be made there (${cause.code}): --dir names another`;
    throw new DevnetError('DEVNET_DATA', {directory: above, problem}, {cause});
  });
  return {path, close: () => rm(path, {recursive: true, force: true})};
}

/** Nodes that people may begin with. */
const SHOWN_NODES = 2;

async function describe({files, host, nodes, programs}: Network) {
  const started = await Promise.all(nodes.slice(0, SHOWN_NODES).map((node) => node.started));
  return {
    directory: files.directory,
    rpcUrl: host.rpcUrl,
    healthUrl: `${host.chainUrl}/health`,
    pluginPid: host.session.process.pid,
    programs: programs.kind,
    genesis: files.genesisPath,
    funded: {...files.funded, units: String(files.funded.units)},
    people: files.people,
    nodeAddresses: started.flatMap(({addresses}) => addresses),
    nodes: nodes.map(({name, pid, owner}, index) => ({
      name,
      pid,
      owner,
      ownerKey: files.owners[index]?.path ?? '',
    })),
  };
}

function toText(facts: Awaited<ReturnType<typeof describe>>): string {
  const [alice, bob] = facts.people;
  const nodes = facts.nodes.map(
    ({name, pid, owner, ownerKey}) => `  node ${name}  pid ${pid}  owner ${owner}  ${ownerKey}`,
  );
  return [
    'A development network is running. It is no real host: real chains run on avalanchego or luxd.',
    '',
    `JSON-RPC     ${facts.rpcUrl}`,
    `health       ${facts.healthUrl}`,
    `plugin       pid ${facts.pluginPid} (${facts.programs})`,
    `genesis      ${facts.genesis}`,
    `funded key   ${facts.funded.path}`,
    `             account ${facts.funded.address}, ${facts.funded.units} base units`,
    '',
    ...nodes,
    '',
    'Try, in another terminal (the swarms form within the first two epochs, 40 s):',
    '',
    `  export SESSIONVM_RPC=${facts.rpcUrl}`,
    `  export SESSIONVM_NODE=${facts.nodeAddresses.join(',')}`,
    '  sessionvm status',
    `  sessionvm contact publish --name Bob --key ${bob?.path}`,
    `  sessionvm send --key ${alice?.path} --to ${bob?.sessionId} "Hello Bob"`,
    `  sessionvm read --key ${bob?.path}`,
    `  sessionvm watch --key ${bob?.path}`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done(), {once: true});
  });

const SHOWN_CHARACTERS = 500;

/** The last whole lines of an output; of a line that is longer than what is shown, its end. */
export function lastLines(output: string): string {
  const text = output.trim();
  if (text.length <= SHOWN_CHARACTERS) return text;
  const tail = text.slice(-SHOWN_CHARACTERS - 1);
  return tail.includes('\n') ? tail.slice(tail.indexOf('\n') + 1) : `…${tail.slice(1)}`;
}

/** Says when a child ends that nobody stopped: the rest of the network goes on. */
function watchChildren(network: Network, isJson: boolean, {out, signal}: DevnetIo): void {
  const {host, nodes} = network;
  const report = (name: string, {code, signal: by}: PluginExit, output: string): void => {
    if (signal.aborted) return;
    const [how, last] = [by ?? `exit ${code}`, lastLines(output)];
    const facts = {ended: name, how, output: last};
    out(isJson ? JSON.stringify(facts) : `${name} ended by itself (${how}): ${last}`);
  };
  const {process} = host.session;
  void process.exited.then((exit) => report('the plugin', exit, process.output()));
  for (const node of nodes) {
    void node.exited.then((exit) => report(`node ${node.name}`, exit, node.output()));
  }
}

/** Keeps a whole local network running until the signal aborts. */
export async function runDevnet(init: DevnetInit, io: DevnetIo): Promise<void> {
  const {out, signal} = io;
  const folder = await openFolder(init.directory);
  let network: Network | undefined;
  try {
    const {nodes, programs} = init;
    network = await startNetwork({
      directory: folder.path,
      nodes,
      ...(programs === undefined ? {} : {programs}),
    });
    for (let index = 0; index < nodes && !signal.aborted; index++) await network.startNode(index);
    const facts = await describe(network);
    out(init.isJson ? JSON.stringify(facts) : toText(facts));
    watchChildren(network, init.isJson, io);
    await untilAborted(signal);
  } finally {
    await network?.stop();
    await folder.close();
  }
  out(init.isJson ? JSON.stringify({stopped: true}) : 'Everything is stopped.');
}
