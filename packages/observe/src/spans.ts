import {
  type Attributes,
  context as active,
  type Context,
  type Link,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { type Call, errorTable, type ToolFacts, type ToolResult } from '@sallyport/core';
import { peerOf } from '@sallyport/core/adapter';
import { chosenText } from './chosen-text.js';
import { headerContext } from './header-context.js';
import { methodOf } from './instruments.js';
import { type ObservePolicy, optedIn, shownResult } from './observe-policy.js';
import type { Ended } from './outcome.js';
import { hasSessions, protocolVersion } from './protocol-version.js';
import { traceparentOf } from './trace-parent.js';

const none = new ProxyTracerProvider().getDelegate();

/** A call that has a span. */
interface Started {
  readonly span: Span;
  readonly context: Context;
  readonly meta: Call['meta'];
}

/** The spans of calls, by the semantic conventions for MCP. Without a provider of traces there are none, at no cost. */
export class Spans {
  readonly #tracer: Tracer | undefined;

  /** `tracer`: default that of the registered provider, whenever that is registered. */
  constructor(tracer?: Tracer) {
    this.#tracer = tracer;
  }

  get #current(): Tracer | undefined {
    if (this.#tracer !== undefined) return this.#tracer;
    const provider = trace.getTracerProvider();
    const isNone = provider instanceof ProxyTracerProvider && provider.getDelegate() === none;
    return isNone ? undefined : provider.getTracer('@sallyport/observe');
  }

  /**
   * The span of a call, and the context and the `_meta` of what is below. What `_meta` names is its parent. The HTTP request, which is what is active
   * already or what its headers name, is a link then, and the parent otherwise.
   */
  start(tool: ToolFacts, call: Call, parent: SpanContext | undefined): Started | undefined {
    const tracer = this.#current;
    if (tracer === undefined) return undefined;
    const outer = active.active();
    const request = trace.getSpanContext(outer) ?? headerContext(call.sdk);
    const links: Link[] = parent !== undefined && request !== undefined ? [{ context: request }] : [];
    const under = request === undefined ? outer : trace.setSpanContext(outer, request);
    const above = parent === undefined ? under : trace.setSpanContext(ROOT_CONTEXT, parent);
    const method = methodOf(tool);
    const span = tracer.startSpan(
      `${method} ${tool.name}`,
      { kind: SpanKind.SERVER, links, attributes: attributesOf(tool, call, method) },
      above,
    );
    const context = trace.setSpan(withBaggage(outer, call.meta), span);
    return { span, context, meta: metaBelow(span, call.meta, parent) };
  }

  /** A span below that of the call. */
  startBelow(name: string, context: Context | undefined): Span | undefined {
    return context === undefined ? undefined : this.#current?.startSpan(name, {}, context);
  }
}

/** The request's baggage, as the registered propagator reads it; `_meta` before the HTTP header, where it names some. */
function withBaggage(outer: Context, { baggage }: Call['meta']): Context {
  if (typeof baggage !== 'string') return outer;
  const read = propagation.getBaggage(propagation.extract(ROOT_CONTEXT, { baggage }));
  return read === undefined ? outer : propagation.setBaggage(outer, read);
}

/**
 * The `_meta` of the call below its span: `traceparent` names that span, so that comments in SQL and headers made of it join the
 * trace whether or not their driver is instrumented. A `tracestate` without a parent is nobody's.
 */
function metaBelow(span: Span, meta: Call['meta'], parent: SpanContext | undefined): Call['meta'] {
  const traceparent = traceparentOf(span.spanContext());
  if (traceparent === undefined) return meta;
  const { tracestate, ...rest } = meta;
  return {
    ...rest,
    ...(parent === undefined || tracestate === undefined ? {} : { tracestate }),
    traceparent,
  };
}

/** Ends the span of a call. What the caller did wrong is named, and is no error of the server. */
export function endSpan(span: Span, { kind, policy }: ToolFacts, { code, isFault }: Ended, result?: ToolResult): void {
  const { tracedResult = false } = (policy.observe ?? {}) as ObservePolicy;
  if (tracedResult && kind === 'tool' && result !== undefined && span.isRecording())
    span.setAttribute('gen_ai.tool.call.result', shownResult(result));
  if (code !== undefined) {
    span.setAttribute('error.type', code);
    if (kind !== 'tool' && code !== 'tool_error')
      span.setAttribute('rpc.response.status_code', String(errorTable[code].rpc));
    if (isFault) span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

function attributesOf(tool: ToolFacts, call: Call, method: string): Attributes {
  const version = protocolVersion(call);
  const { http, requestInfo, sessionId } = (call.sdk ?? {}) as Readonly<Record<string, unknown>>;
  const client = peerOf(call.sdk);
  const { logged = [] } = (tool.policy.observe ?? {}) as ObservePolicy;
  const chosen = logged.length === 0 ? undefined : optedIn(logged, call.input);
  const overHttp = http !== undefined || requestInfo !== undefined;
  return {
    'mcp.method.name': method,
    ...(tool.kind === 'tool' ? { 'gen_ai.tool.name': tool.name, 'gen_ai.operation.name': 'execute_tool' } : {}),
    ...(chosen === undefined ? {} : { 'gen_ai.tool.call.arguments': JSON.stringify(chosen) }),
    'jsonrpc.request.id': chosenText(call.requestId) ?? '',
    ...(version === undefined ? {} : { 'mcp.protocol.version': version }),
    ...(typeof sessionId === 'string' && hasSessions(version) ? { 'mcp.session.id': sessionId } : {}),
    ...(client === undefined ? {} : { 'client.address': client.address }),
    ...(client?.port === undefined ? {} : { 'client.port': client.port }),
    ...(overHttp ? { 'network.transport': 'tcp', 'network.protocol.name': 'http' } : { 'network.transport': 'pipe' }),
  };
}
