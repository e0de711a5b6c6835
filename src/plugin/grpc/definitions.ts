import type {ServiceDefinition} from '@grpc/grpc-js';
import {fromJSON, type Options} from '@grpc/proto-loader';
import descriptor from '../../../proto/gen/descriptor.json' with {type: 'json'};
import {InvariantError} from '../../protocol/errors.ts';

/** 64-bit numbers come as decimal strings: a JavaScript number cannot hold them all. */
const OPTIONS: Options = {
  keepCase: false,
  longs: String,
  defaults: true,
  oneofs: true,
  arrays: true,
};

const definitions = fromJSON(descriptor as Parameters<typeof fromJSON>[0], OPTIONS);

/**
 * A service by its full name, as proto/ has it.
 * @throws InvariantError when proto/ has no such service.
 */
export function serviceDefinition(name: string): ServiceDefinition {
  const definition = definitions[name];
  if (definition === undefined || 'format' in definition) {
    throw new InvariantError('no such service in proto/', {name});
  }
  return definition as ServiceDefinition;
}
