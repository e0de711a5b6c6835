import type {Lifecycle} from '../lifecycle.ts';
import {errorFacts, type Logger} from '../logger.ts';
import type {PluginPorts} from '../plugin-vm.ts';
import {AppSender} from './app-sender.ts';
import {NodeDatabase} from './database.ts';
import {startHttpServer} from './http-service.ts';

export type GrpcPortsInit = {
  readonly logger: Logger;
  readonly lifecycle: Pick<Lifecycle, 'shutdownReceived' | 'shutdownAnswered'>;
  onDatabase(database: NodeDatabase): void;
  now(): bigint;
};

/** The plugin's world when its node speaks gRPC. */
export function createGrpcPorts({logger, lifecycle, onDatabase, now}: GrpcPortsInit): PluginPorts {
  const onSendFailure = (method: string, error: unknown): void =>
    logger.warn('the node took no message for its peers', {method, ...errorFacts(error)});
  const onHttpFailure = (method: string, error: unknown): void =>
    logger.error('an HTTP call failed', {method, ...errorFacts(error)});
  return {
    now,
    monotonicMs: () => BigInt(Math.trunc(performance.now())),
    logger,
    openDatabase(address) {
      const database = NodeDatabase.connect(address);
      onDatabase(database);
      return database;
    },
    openMessenger: (address) => AppSender.connect(address, onSendFailure),
    serveHttp: (router) => startHttpServer(router, onHttpFailure),
    shutdownReceived: () => lifecycle.shutdownReceived(),
    shutdownAnswered: () => lifecycle.shutdownAnswered(),
  };
}
