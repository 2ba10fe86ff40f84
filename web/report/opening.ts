import { type Child, h } from './dom.ts';

/** Something with more to it, which is made when it is opened. @param isOpen whether it is open from the start */
export function opening(
  place: string,
  summary: readonly Child[],
  content: () => HTMLElement,
  isOpen: boolean,
): HTMLDetailsElement {
  const details = h('details', { id: place, class: 'opening' }, h('summary', {}, ...summary));
  let isMade = false;
  const make = (): void => {
    if (isMade) return;
    isMade = true;
    details.append(content());
  };
  details.addEventListener('toggle', () => {
    if (details.open) make();
  });
  if (isOpen) {
    make();
    details.open = true;
  }
  return details;
}
