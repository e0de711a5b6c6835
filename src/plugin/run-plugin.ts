import type {Engine} from './engine.ts';
import type {NodeDatabase} from './grpc/database.ts';
import {type Listener, openListener} from './grpc/listener.ts';
import {shakeHands} from './handshake.ts';
import {Lifecycle} from './lifecycle.ts';
import {type Logger, logFailure} from './logger.ts';
import {watchStreams} from './signals.ts';

export type RunPluginInit = {
  readonly engine: Engine;
  /** Asked of the node's file while this module was loading. */
  readonly protocol: Promise<number>;
  readonly logger: Logger;
  now(): bigint;
};

/** What the lifecycle asks when the node has no connection to us. */
type LastDatabase = {current: NodeDatabase | undefined};

const ALIVE_TIMEOUT_MS = 2000;

async function answersInTime(database: NodeDatabase | undefined): Promise<boolean> {
  if (database === undefined) return false;
  const {promise: late, resolve} = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ALIVE_TIMEOUT_MS);
  const isAlive = await Promise.race([database.isReachable(), late]);
  clearTimeout(timer);
  return isAlive;
}

function createLifecycle(logger: Logger, database: LastDatabase): Lifecycle {
  const lifecycle = new Lifecycle({
    exit: (code) => process.exit(code),
    parentPid: () => process.ppid,
    isHostAlive: () => answersInTime(database.current),
    log: (reason) => logger.warn('the node is gone', {reason}),
  });
  watchStreams(lifecycle);
  return lifecycle;
}

type ServiceParts = RunPluginInit & {
  readonly lifecycle: Lifecycle;
  readonly database: LastDatabase;
};

/** The chain itself and its wire, grpc-js included: loaded when the node has heard of us, because it takes a while. */
async function serve(listener: Listener, parts: ServiceParts): Promise<void> {
  const {logger, now, lifecycle, database} = parts;
  const {serveGrpc} = await import('./grpc/server.ts');
  const {createGrpcPorts} = await import('./grpc/ports.ts');
  const {addHealthService} = await import('./grpc/health.ts');
  const {addVmService} = await import('./grpc/vm-service.ts');
  const {PluginVm} = await import('./plugin-vm.ts');
  const {createVmMethods} = await import('./handlers/table.ts');
  const onDatabase = (opened: NodeDatabase): void => {
    database.current = opened;
  };
  const ports = createGrpcPorts({logger, now, lifecycle, onDatabase});
  const methods = createVmMethods(new PluginVm(ports));
  serveGrpc(listener, (grpc) => {
    addVmService(grpc, methods, (method, error) => logFailure(logger, method, error));
    addHealthService(grpc);
  });
}

/**
 * Serves `vm.VM` to the node that started this process. Resolves when it is served; the process
 * ends by its lifecycle.
 * @throws PluginError PLUGIN_HANDSHAKE, PLUGIN_PROTOCOL
 */
export async function runPlugin(init: RunPluginInit): Promise<void> {
  const {engine, logger} = init;
  const database: LastDatabase = {current: undefined};
  const lifecycle = createLifecycle(logger, database);
  const listener = await openListener(lifecycle);
  const protocol = await init.protocol;
  await shakeHands({engineAddress: engine.address, protocol, vmAddress: listener.address});
  await serve(listener, {...init, lifecycle, database});
}
