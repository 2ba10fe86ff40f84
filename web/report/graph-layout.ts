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

/** Between the picture and its border. */
const MARGIN = 8;

/** Places nodes in columns from left to right, so that edges cross seldom. */
export function laidOut(
  nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[],
  edges: readonly { readonly from: string; readonly to: string }[],
): LaidOut {
  const plan = new Graph({ multigraph: true });
  plan.setGraph({ rankdir: 'LR', nodesep: 16, ranksep: 46, marginx: MARGIN, marginy: MARGIN });
  for (const { id, width, height } of nodes) plan.setNode(id, { width, height });
  for (const [index, { from, to }] of edges.entries()) plan.setEdge(from, to, {}, String(index));
  layout(plan);
  const { width = 0, height = 0 } = plan.graph();
  const bends = plan.edges().flatMap((edge) => plan.edge(edge).points ?? []);
  return {
    // Edges may go round outside of all nodes.
    width: Math.ceil(Math.max(width, ...bends.map(({ x }) => x + MARGIN))),
    height: Math.ceil(Math.max(height, ...bends.map(({ y }) => y + MARGIN))),
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
