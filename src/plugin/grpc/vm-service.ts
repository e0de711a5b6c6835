import type {Server, UntypedServiceImplementation} from '@grpc/grpc-js';
import type {VmMethods} from '../messages.ts';
import {serviceDefinition} from './definitions.ts';
import {type AnyUnary, type OnFailure, toGrpc} from './unary.ts';

/** Registers `vm.VM`. */
export function addVmService(server: Server, methods: VmMethods, onFailure: OnFailure): void {
  const implementation: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(methods)) {
    implementation[name] = toGrpc(name, () => method as AnyUnary, onFailure);
  }
  server.addService(serviceDefinition('vm.VM'), implementation);
}
