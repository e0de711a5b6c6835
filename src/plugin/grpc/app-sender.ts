import type {NodeId} from '../../protocol/bytes.ts';
import type {AppError, GossipTargets, PeerMessenger} from '../peers/peer-messenger.ts';
import {openChannel, type UnaryChannel} from './channel.ts';
import {serviceDefinition} from './definitions.ts';

/**
 * Messages to the same chain on other nodes. Sending never fails for the caller: the node says
 * nothing of delivery, and consensus must not depend on it. What goes wrong is reported.
 */
export class AppSender implements PeerMessenger {
  readonly #channel: UnaryChannel;
  readonly #onFailure: (method: string, error: unknown) => void;

  constructor(channel: UnaryChannel, onFailure: (method: string, error: unknown) => void) {
    this.#channel = channel;
    this.#onFailure = onFailure;
  }

  static connect(address: string, onFailure: (method: string, error: unknown) => void): AppSender {
    return new AppSender(openChannel(address, serviceDefinition('appsender.AppSender')), onFailure);
  }

  async #send(method: string, message: object): Promise<boolean> {
    try {
      await this.#channel.call(method, message);
      return true;
    } catch (error) {
      this.#onFailure(method, error);
      return false;
    }
  }

  sendRequest(nodeId: NodeId, requestId: number, request: Uint8Array): Promise<boolean> {
    return this.#send('SendAppRequest', {nodeIds: [nodeId], requestId, request});
  }

  sendResponse(nodeId: NodeId, requestId: number, response: Uint8Array): Promise<boolean> {
    return this.#send('SendAppResponse', {nodeId, requestId, response});
  }

  sendError(nodeId: NodeId, requestId: number, {code, message}: AppError): Promise<boolean> {
    const error = {errorCode: code, errorMessage: message};
    return this.#send('SendAppError', {nodeId, requestId, ...error});
  }

  sendGossip(msg: Uint8Array, {validators, peers}: GossipTargets): Promise<boolean> {
    return this.#send('SendAppGossip', {validators, peers, msg});
  }

  close(): void {
    this.#channel.close();
  }
}
