import {realpath} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {E2eError} from './errors.ts';
import {AvalancheNode} from './node-process.ts';
import {readNodeVersion} from './node-version.ts';

const LOWEST_PROTOCOL = 42;
const HIGHEST_PROTOCOL = 46;

export type NetworkInit = {
  /** File of the node. */
  readonly binary: string;
  readonly plugin: {readonly file: string; readonly vmId: string};
  /** Existing folder that gets one folder per node. */
  readonly folder: string;
};

/**
 * The plugin asks its parent's file for the number when the file's name tells what it is; a node of
 * another name needs the variable that the node hands on to its plugins.
 */
async function protocolVariable(binary: string, protocol: number): Promise<Record<string, string>> {
  const name = basename(await realpath(binary));
  if (name.startsWith('avalanchego') || name.startsWith('luxd')) return {};
  return {GRPC_SESSIONVM_PROTOCOL: String(protocol)};
}

/** A local network of nodes of one file, all with the same plugin. */
export class LocalNetwork {
  readonly application: string;
  readonly protocol: number;
  readonly #init: NetworkInit;
  readonly #env: Readonly<Record<string, string>>;
  readonly #nodes: AvalancheNode[] = [];

  private constructor(
    init: NetworkInit,
    facts: {application: string; protocol: number; env: Readonly<Record<string, string>>},
  ) {
    this.#init = init;
    this.application = facts.application;
    this.protocol = facts.protocol;
    this.#env = facts.env;
  }

  /** @throws E2eError E2E_NODE_UNUSABLE when the file is no node of protocol 42 to 46. */
  static async create(init: NetworkInit): Promise<LocalNetwork> {
    const {application, protocol} = await readNodeVersion(init.binary);
    if (protocol < LOWEST_PROTOCOL || protocol > HIGHEST_PROTOCOL) {
      const supported = `${LOWEST_PROTOCOL} to ${HIGHEST_PROTOCOL}`;
      throw new E2eError('E2E_NODE_UNUSABLE', {application, protocol, supported});
    }
    const env = await protocolVariable(init.binary, protocol);
    return new LocalNetwork(init, {application, protocol, env});
  }

  /** All nodes made so far, running or not. */
  get nodes(): readonly AvalancheNode[] {
    return this.#nodes;
  }

  /** A new node, not started; `from` are the running nodes that it bootstraps from. */
  async addNode(
    name: string,
    {
      from = [],
      env = {},
    }: {from?: readonly AvalancheNode[]; env?: Readonly<Record<string, string>>} = {},
  ): Promise<AvalancheNode> {
    const {binary, plugin, folder} = this.#init;
    const node = await AvalancheNode.create({
      name,
      binary,
      plugin,
      folder: join(folder, name),
      env: {...this.#env, ...env},
      bootstrapFrom: await Promise.all(from.map((node) => node.asPeer())),
    });
    this.#nodes.push(node);
    return node;
  }

  /** Stops what runs, the youngest first. */
  async stop(): Promise<void> {
    for (const node of this.#nodes.toReversed()) {
      if (node.isRunning) await node.stop();
    }
  }
}
