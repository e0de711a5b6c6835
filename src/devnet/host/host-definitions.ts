import type {Server, ServiceDefinition} from '@grpc/grpc-js';
import {serviceDefinition} from '../definitions.ts';
import {addUnaryService} from './unary-service.ts';

/** The services of host and plugin, as grpc-js takes them. */
export const SERVICES = {
  runtime: serviceDefinition('vm.runtime.Runtime'),
  vm: serviceDefinition('vm.VM'),
  http: serviceDefinition('http.HTTP'),
  responseWriter: serviceDefinition('http.responsewriter.Writer'),
  reader: serviceDefinition('io.reader.Reader'),
  writer: serviceDefinition('io.writer.Writer'),
  connection: serviceDefinition('net.conn.Conn'),
  health: serviceDefinition('grpc.health.v1.Health'),
  database: serviceDefinition('rpcdb.Database'),
  appSender: serviceDefinition('appsender.AppSender'),
  validatorState: serviceDefinition('validatorstate.ValidatorState'),
  aliasReader: serviceDefinition('aliasreader.AliasReader'),
  sharedMemory: serviceDefinition('sharedmemory.SharedMemory'),
  warpSigner: serviceDefinition('warp.Signer'),
} as const satisfies Readonly<Record<string, ServiceDefinition>>;

const SERVING = 1;

/** `grpc.health.v1.Health`: all servers of a host answer SERVING. */
export function serveHealth(server: Server): void {
  const {Check} = SERVICES.health;
  if (Check === undefined) return;
  addUnaryService(server, {Check}, {Check: () => ({status: SERVING})});
}
