import { curveBasis, line } from 'd3-shape';
import type { ReportSkill } from '../../src/report/report-skill.ts';
import { h, s } from './dom.ts';
import { laidOut, type Point } from './graph-layout.ts';
import type { ReportIndex } from './report-index.ts';

/** Something that the graph of a skill shows. */
export interface GraphNode {
  readonly id: string;
  readonly kind: 'identity' | 'release' | 'statement' | 'against' | 'revocation';
  readonly text: string;
  readonly counts: boolean;
}

/** What one thing has to do with another. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly words: string;
  readonly said: string;
  readonly position: number;
  readonly counts: boolean;
}

/** Releases and things said of them that one picture shows: the newest. */
const RELEASES = 10;
const STATEMENTS = 30;

/** The provenance of a skill: who released what, and who said what about it. */
export class SkillGraph {
  readonly nodes = new Map<string, GraphNode>();
  readonly edges: GraphEdge[] = [];
  readonly #index: ReportIndex;

  constructor(index: ReportIndex, skill: ReportSkill) {
    this.#index = index;
    this.#addReleases(skill);
    this.#addStatements(skill);
    this.#addRevocations(skill);
    this.#addVouches();
  }

  #identity(aid: string): string {
    const id = `aid ${aid}`;
    if (!this.nodes.has(id))
      this.nodes.set(id, {
        id,
        kind: 'identity',
        text: `● ${this.#index.nameOf(aid)}`,
        counts: true,
      });
    return id;
  }

  #addReleases({ publisher, releases }: ReportSkill): void {
    for (const { said, version, previous, issuer, position, counts, revokedBy } of releases.slice(
      -RELEASES,
    )) {
      const isGood = counts && revokedBy === null;
      const sign = isGood ? '▣' : '⊘';
      this.nodes.set(said, {
        id: said,
        kind: 'release',
        text: `${sign} ${version}`,
        counts: isGood,
      });
      const base = { said, position, counts };
      this.edges.push({ ...base, from: this.#identity(issuer), to: said, words: 'released' });
      if (publisher !== null && publisher !== issuer)
        this.edges.push({
          ...base,
          from: this.#identity(publisher),
          to: this.#identity(issuer),
          words: 'by its device',
        });
      if (previous !== null && this.nodes.has(previous))
        this.edges.push({ ...base, from: previous, to: said, words: 'followed by' });
    }
  }

  #addStatements({ releases, statements }: ReportSkill): void {
    for (const one of statements.slice(-STATEMENTS)) {
      const { said, type, says, against, counts, position, controller } = one;
      const text = `${against ? '✕' : '✓'} ${type}${type === 'audit' ? ` ${says}` : ''}`;
      this.nodes.set(said, { id: said, kind: against ? 'against' : 'statement', text, counts });
      const base = { said, position, counts };
      this.edges.push({ ...base, from: this.#identity(controller), to: said, words: 'stated' });
      for (const release of releases)
        if (release.manifest === one.manifest && this.nodes.has(release.said))
          this.edges.push({ ...base, from: said, to: release.said, words: `${type} of` });
    }
  }

  #addRevocations({ revocations }: ReportSkill): void {
    for (const {
      said,
      reason,
      position,
      counts,
      controller,
      releases,
      statement,
    } of revocations.slice(-STATEMENTS)) {
      this.nodes.set(said, { id: said, kind: 'revocation', text: `⊘ revoked: ${reason}`, counts });
      const base = { said, position, counts };
      this.edges.push({ ...base, from: this.#identity(controller), to: said, words: 'revoked' });
      for (const target of [...releases, ...(statement === null ? [] : [statement])])
        if (this.nodes.has(target))
          this.edges.push({ ...base, from: said, to: target, words: 'revocation of' });
    }
  }

  /** Vouches between those who are in the picture already. */
  #addVouches(): void {
    for (const {
      said,
      controller,
      aid,
      level,
      position,
      counts,
    } of this.#index.report.vouches.slice(-500)) {
      if (!this.nodes.has(`aid ${controller}`) || !this.nodes.has(`aid ${aid}`)) continue;
      const [from, to] = [this.#identity(controller), this.#identity(aid)];
      if (from !== to)
        this.edges.push({ from, to, words: `vouches: ${level}`, said, position, counts });
    }
  }
}

const HEIGHT = 28;

function cut(text: string): string {
  return text.length <= 26 ? text : `${text.slice(0, 25)}…`;
}

function edgePath(points: readonly Point[], counts: boolean, words: string): readonly SVGElement[] {
  const path = line<Point>()
    .x(({ x }) => x)
    .y(({ y }) => y)
    .curve(curveBasis);
  const [before, end] = [points.at(-2), points.at(-1)];
  if (before === undefined || end === undefined) return [];
  const angle = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
  return [
    s(
      'path',
      { d: path([...points]) ?? '', class: counts ? 'edge' : 'edge idle' },
      s('title', {}, words),
    ),
    s('path', {
      d: 'M0,0L-8,-3.5L-8,3.5Z',
      class: 'arrow',
      transform: `translate(${end.x},${end.y}) rotate(${angle})`,
    }),
  ];
}

function nodeShape({ kind, text, counts }: GraphNode, { x, y }: Point, width: number): SVGElement {
  const shape = { x: x - width / 2, y: y - HEIGHT / 2, width, height: HEIGHT };
  return s(
    'g',
    { class: `node ${kind}${counts ? '' : ' idle'}` },
    s('rect', { ...shape, rx: kind === 'identity' ? HEIGHT / 2 : 4 }),
    s('text', { x, y: y + 4.5, 'text-anchor': 'middle' }, cut(text)),
    s('title', {}, text),
  );
}

function widthOf(text: string): number {
  return Math.round(cut(text).length * 7.2 + 26);
}

/** Draws the graph of a skill, from left to right. */
export function drawSkillGraph(graph: SkillGraph, label: string): HTMLElement {
  const sizes = Array.from(graph.nodes.values(), ({ id, text }) => ({
    id,
    width: widthOf(text),
    height: HEIGHT,
  }));
  const { width, height, nodeAt, bendsOf } = laidOut(sizes, graph.edges);
  const edges = graph.edges.flatMap(({ words, counts }, index) =>
    edgePath(bendsOf(index), counts, words),
  );
  const nodes = Array.from(graph.nodes.values(), (node) =>
    nodeShape(node, nodeAt(node.id), widthOf(node.text)),
  );
  const picture = s(
    'svg',
    {
      class: 'graph',
      role: 'img',
      'aria-label': label,
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
    },
    ...edges,
    ...nodes,
  );
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Provenance graph' },
    picture,
  );
}
