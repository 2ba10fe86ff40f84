import { Graph, layout } from '@dagrejs/dagre';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the nodes and the edges of a graph stand. */
interface LaidOut {
  readonly width: number;
  readonly height: number;
  readonly nodeAt: (id: string) => Point;
  /** The points through which an edge goes, by its place in the list. */
  readonly bendsOf: (edge: number) => readonly Point[];
}

/** Places nodes in columns from left to right, so that edges cross seldom. */
export function laidOut(
  nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[],
  edges: readonly { readonly from: string; readonly to: string }[],
): LaidOut {
  const plan = new Graph({ multigraph: true });
  plan.setGraph({ rankdir: 'LR', nodesep: 16, ranksep: 46, marginx: 8, marginy: 8 });
  for (const { id, width, height } of nodes) plan.setNode(id, { width, height });
  for (const [index, { from, to }] of edges.entries()) plan.setEdge(from, to, {}, String(index));
  layout(plan);
  const { width = 0, height = 0 } = plan.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodeAt: (id) => {
      const { x = 0, y = 0 } = plan.node(id);
      return { x, y };
    },
    bendsOf: (index) => {
      const edge = edges[index];
      if (edge === undefined) return [];
      const { points = [] } = plan.edge(edge.from, edge.to, String(index));
      return points;
    },
  };
}
