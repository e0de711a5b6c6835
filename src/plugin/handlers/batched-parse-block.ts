import {parseBlock as parse} from '../../vm/parsed-block.ts';
import type {BatchedParseBlockRequest, BatchedParseBlockResponse, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';
import {blockView} from './block-view.ts';

/** `VM.BatchedParseBlock`: all or nothing, in order. */
export function batchedParseBlock(
  vm: PluginVm,
): Unary<BatchedParseBlockRequest, BatchedParseBlockResponse> {
  return ({request}) => {
    vm.requireRunning();
    return {response: request.map((bytes) => blockView(parse(bytes)))};
  };
}
