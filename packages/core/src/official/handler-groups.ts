import type { OfficialInternals } from './official-internals.js';

/** Handlers that the SDK sets together. */
interface HandlerGroup {
  /** Whether it did. */
  readonly flag:
    | '_toolHandlersInitialized'
    | '_resourceHandlersInitialized'
    | '_promptHandlersInitialized'
    | '_completionHandlerInitialized';
  /** Sets them, unless the flag says that they are. Absent where Sallyport answers instead. */
  readonly setAgain?: 'setResourceRequestHandlers' | 'setPromptRequestHandlers' | 'setCompletionRequestHandler';
  readonly methods: readonly string[];
}

const groups: readonly HandlerGroup[] = [
  { flag: '_toolHandlersInitialized', methods: ['tools/list', 'tools/call'] },
  {
    flag: '_resourceHandlersInitialized',
    setAgain: 'setResourceRequestHandlers',
    methods: ['resources/list', 'resources/templates/list', 'resources/read'],
  },
  {
    flag: '_promptHandlersInitialized',
    setAgain: 'setPromptRequestHandlers',
    methods: ['prompts/list', 'prompts/get'],
  },
  {
    flag: '_completionHandlerInitialized',
    setAgain: 'setCompletionRequestHandler',
    methods: ['completion/complete'],
  },
];

/** The groups that the SDK has set, because their capability was declared. */
export function groupsSet(internals: OfficialInternals): HandlerGroup[] {
  return groups.filter(({ flag }) => internals[flag]);
}
