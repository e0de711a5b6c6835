import {SERVICES} from './host-definitions.ts';
import {type CallOptions, type ChannelSettings, createUnaryClient} from './unary-client.ts';
import type {VmCalls, VmMethod} from './vm-messages.ts';

/** The plugin as its host calls it: every method of `vm.VM`, and the bytes below. */
export type VmClient = {
  /** `host:port` of the plugin. */
  readonly address: string;
  /**
   * Any method. Absent fields take their proto3 default, so `call('BuildBlock', {})` is a whole
   * request. @throws DevnetError DEVNET_CALL for every status but OK.
   */
  call<M extends VmMethod>(
    method: M,
    request: Partial<VmCalls[M]['request']>,
    options?: CallOptions,
  ): Promise<VmCalls[M]['response']>;
  /** Encoded request in, encoded answer out: for malformed messages and golden bytes. */
  callRaw(method: VmMethod, request: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  close(): void;
};

/** Connects to a plugin's VM server. The connection is made by the first call. */
export function createVmClient(address: string, settings: ChannelSettings = {}): VmClient {
  const client = createUnaryClient(address, SERVICES.vm, settings);
  return {
    address,
    async call<M extends VmMethod>(
      method: M,
      request: Partial<VmCalls[M]['request']>,
      options: CallOptions = {},
    ) {
      // Health is the one call that fails at once when nobody listens (host-protocol §2.1).
      const waitForReady = options.waitForReady ?? method !== 'Health';
      // The loader made the answer from the descriptor that VmCalls describes.
      return (await client.call(method, request, {
        ...options,
        waitForReady,
      })) as VmCalls[M]['response'];
    },
    callRaw: (method, request, options) => client.callRaw(method, request, options),
    close: () => client.close(),
  };
}
