import { SdkErrorCode } from '@modelcontextprotocol/server';
import { ToolError } from '@sallyport/core';

/** How the SDK refuses to send a request that this client, or this revision, has no answer for. */
const codes: ReadonlySet<unknown> = new Set([
  SdkErrorCode.CapabilityNotSupported,
  SdkErrorCode.MethodNotSupportedByProtocolVersion,
]);

/** An outcome that says so when a handler failed because its client cannot be asked, which is no fault of the server. */
export function clientLacks<O extends object>(outcome: O): O | { readonly error: ToolError; readonly errorId: string } {
  const { error, errorId = '' } = outcome as { readonly error?: ToolError; readonly errorId?: string };
  if (error?.code !== 'INTERNAL' || !codes.has((error.cause as { readonly code?: unknown } | undefined)?.code)) {
    return outcome;
  }
  return { error: cannotBeAsked(error.cause), errorId };
}

/** Why a call failed that must ask a client which has not declared that it can be asked. */
export function cannotBeAsked(cause?: unknown): ToolError {
  const message =
    'This call must ask its client for something that this client, as it is connected, cannot give. ' +
    'Use a client that declares the capability.';
  return new ToolError('POLICY_DENIED', message, { cause });
}
