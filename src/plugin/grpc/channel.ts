import {
  type ChannelOptions,
  Client,
  credentials,
  type MethodDefinition,
  type ServiceDefinition,
} from '@grpc/grpc-js';

/** Settings that both processes use towards each other. Host-protocol §2.1. */
export const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
};

/** Unary calls of one service of the node. */
export type UnaryChannel = {
  /** Resolves with the decoded answer; rejects with the ServiceError of grpc-js. */
  call<Response>(method: string, request: object): Promise<Response>;
  close(): void;
};

/** Connects to a service of the node on this machine. Calls wait until the connection stands. */
export function openChannel(address: string, service: ServiceDefinition): UnaryChannel {
  const client = new Client(address, credentials.createInsecure(), CHANNEL_OPTIONS);
  return {
    call<Response>(method: string, request: object): Promise<Response> {
      const {path, requestSerialize, responseDeserialize} = service[method] as MethodDefinition<
        object,
        Response
      >;
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          (error, answer) => {
            if (error !== null) reject(error);
            else resolve(answer as Response);
          },
        );
      });
    },
    close: () => client.close(),
  };
}
