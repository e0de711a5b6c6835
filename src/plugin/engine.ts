import {PluginError} from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The node that started this process, by its variables. */
export type Engine = {
  /** host:port of the node's handshake server. */
  readonly address: string;
  /** Announced when nothing else says which number the node speaks. */
  readonly defaultProtocol: number;
};

/** What an operator sets when the number is to be another: a node passes on what begins with GRPC_. */
export const PROTOCOL_VARIABLE = 'GRPC_SESSIONVM_PROTOCOL';

const AVALANCHE = 'AVALANCHE_VM_RUNTIME_ENGINE_ADDR';
const LUX = 'LUX_VM_RUNTIME_ENGINE_ADDR';
const NEWEST_LUX = 'VM_RUNTIME_ENGINE_ADDR';
const TRANSPORTS = ['VM_TRANSPORT', 'LUX_VM_TRANSPORT'];

/**
 * Which node started us, and where it listens. Host-protocol §1.3.
 * @throws PluginError PLUGIN_ZAP, PLUGIN_NO_ENGINE
 */
export function readEngine(env: Environment): Engine {
  // A luxd that speaks ZAP sets the newest name, with or without a selector beside it.
  const isZap = TRANSPORTS.some((name) => env[name]?.toLowerCase() === 'zap');
  if (isZap || (env[NEWEST_LUX] !== undefined && env[AVALANCHE] === undefined)) {
    throw new PluginError('PLUGIN_ZAP', {
      problem: 'this node speaks ZAP; this version of sessionvm speaks gRPC only',
    });
  }
  const avalanche = env[AVALANCHE];
  if (avalanche) return {address: avalanche, defaultProtocol: 45};
  const lux = env[LUX];
  if (lux) return {address: lux, defaultProtocol: 42};
  throw new PluginError('PLUGIN_NO_ENGINE', {
    problem: `no node started this process: ${AVALANCHE} is not set`,
  });
}
