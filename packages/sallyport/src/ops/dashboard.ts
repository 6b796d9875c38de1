import type { OwnedTool } from './owners.js';
import { type Panel, panels } from './panels.js';
import { calls } from './promql.js';

const width = 12;
const height = 8;
const datasource = { type: 'prometheus', uid: '$datasource' };

/** A dashboard for Grafana 10 and later, which asks for its data source when it is imported. */
export function dashboard(tools: readonly OwnedTool[]): object {
  return {
    title: 'Sallyport',
    uid: 'sallyport',
    description: `${tools.length} tools. Written by \`sallyport ops\`.`,
    tags: ['sallyport', 'mcp'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        {
          name: 'tool',
          label: 'Tool',
          type: 'query',
          datasource,
          query: { query: `label_values(${calls}, gen_ai_tool_name)`, refId: 'tools' },
          refresh: 2,
          includeAll: true,
          allValue: '.*',
          multi: true,
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: panels.map(panelOf),
  };
}

function panelOf({ title, unit, queries }: Panel, index: number): object {
  return {
    id: index + 1,
    title,
    type: 'timeseries',
    datasource,
    gridPos: { x: (index % 2) * width, y: Math.floor(index / 2) * height, w: width, h: height },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: Object.entries(queries).map(([expr, legendFormat], target) => ({
      refId: String.fromCharCode(65 + target),
      datasource,
      expr,
      legendFormat,
    })),
  };
}
