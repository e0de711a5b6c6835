import {DevnetError} from '../errors.ts';
import {DEFAULT_PROTOCOL, type HostOptions, type Protocol} from './host-options.ts';
import {type PluginExit, type PluginProcess, startPluginProcess} from './plugin-process.ts';
import {type Handshake, startRuntimeServer} from './runtime-server.ts';
import {createVmClient, type VmClient} from './vm-client.ts';

const SHUTDOWN_TIMEOUT_MS = 10_000;

/** One life of the plugin process, from its start to its end. */
export type PluginSession = {
  readonly process: PluginProcess;
  readonly handshake: Handshake;
  /** From process start to the arrival of Initialize. */
  readonly handshakeMs: number;
  readonly vm: VmClient;
  /** Shutdown, then SIGTERM, then SIGKILL, each in its time. */
  stop(): Promise<PluginExit>;
};

export function protocolOf({protocol, engineVariable}: HostOptions): Protocol {
  return protocol ?? DEFAULT_PROTOCOL[engineVariable ?? 'AVALANCHE_VM_RUNTIME_ENGINE_ADDR'];
}

function environment(options: HostOptions, engineAddress: string): Record<string, string> {
  const {engineVariable = 'AVALANCHE_VM_RUNTIME_ENGINE_ADDR', env = {}} = options;
  const protocol = protocolOf(options);
  const isDefault = protocol === DEFAULT_PROTOCOL[engineVariable];
  return {
    ...(isDefault ? {} : {GRPC_SESSIONVM_PROTOCOL: String(protocol)}),
    ...env,
    [engineVariable]: engineAddress,
  };
}

async function failedHandshake(cause: unknown, process: PluginProcess): Promise<never> {
  const {code, signal} = await process.stop();
  const details = cause instanceof DevnetError ? cause.details : {};
  const errorCode = cause instanceof DevnetError ? cause.code : 'DEVNET_HANDSHAKE';
  const exit = signal ?? `exit ${code}`;
  const output = process.output().trim().slice(-2000);
  throw new DevnetError(errorCode, {...details, exit, output}, {cause});
}

/**
 * Starts the plugin and waits for its handshake.
 * @throws DevnetError DEVNET_SPAWN, DEVNET_HANDSHAKE or DEVNET_PROTOCOL with the end of its output;
 * its process is gone then.
 */
export async function startPluginSession(options: HostOptions): Promise<PluginSession> {
  const runtime = await startRuntimeServer(protocolOf(options), options.onHandshake);
  const startedAt = performance.now();
  const init = {
    command: options.plugin,
    env: environment(options, runtime.server.address),
    ...(options.onOutput === undefined ? {} : {onOutput: options.onOutput}),
    ...(options.readOutput === undefined ? {} : {readOutput: options.readOutput}),
  };
  const process = await startPluginProcess(init).catch(async (error: unknown) => {
    await runtime.server.stop();
    throw error;
  });
  let handshake: Handshake;
  try {
    // A real host waits out its 5 s even for a dead process; a developer need not.
    const died = process.exited.then(() => {
      throw new DevnetError('DEVNET_HANDSHAKE', {
        problem: 'the process ended before its handshake',
      });
    });
    handshake = await Promise.race([runtime.handshake(options.handshakeTimeoutMs), died]);
  } catch (error) {
    return await failedHandshake(error, process);
  } finally {
    await runtime.server.stopGracefully();
  }
  const handshakeMs = performance.now() - startedAt;
  const keepalive = options.keepaliveMs === undefined ? {} : {keepaliveMs: options.keepaliveMs};
  const vm = createVmClient(handshake.address, keepalive);
  void process.exited.then(() => vm.close());
  // A host takes the end of either pipe for the end of the plugin.
  void process.pipeEnded.then(() => process.stop());
  return {
    process,
    handshake,
    handshakeMs,
    vm,
    async stop() {
      if (process.isRunning()) {
        // A plugin that does not answer is stopped all the same, as a host does it.
        await vm.call('Shutdown', {}, {timeoutMs: SHUTDOWN_TIMEOUT_MS}).catch(() => undefined);
      }
      vm.close();
      return process.stop();
    },
  };
}
