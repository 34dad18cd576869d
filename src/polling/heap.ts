/** A value in a heap. Only the heap writes `place`: its index, or -1 after it was taken out. */
export interface HeapNode<Value> {
  readonly value: Value;
  place: number;
}

/** A strict order without ties, so that the order of equal values is not left to chance. */
type IsBefore<Value> = (one: Value, other: Value) => boolean;

export type Heap<Value> = ReturnType<typeof createHeap<Value>>;

/** A binary heap: adding a value, taking out the first one and taking out any other one need O(log n) steps. */
export function createHeap<Value>(isBefore: IsBefore<Value>) {
  const nodes: HeapNode<Value>[] = [];
  return {
    size: (): number => nodes.length,
    first: (): HeapNode<Value> | undefined => nodes[0],
    add: (value: Value): HeapNode<Value> => {
      const node = { value, place: nodes.length };
      nodes.push(node);
      rise(nodes, node, isBefore);
      return node;
    },
    /** Takes a value out. It has no effect on a node that is out already. */
    remove: (node: HeapNode<Value>): void => {
      const { place } = node;
      if (place < 0) return;
      const last = nodes.pop();
      node.place = -1;
      if (last === undefined || last === node) return;
      put(nodes, last, place);
      rise(nodes, last, isBefore);
      sink(nodes, last, isBefore);
    },
  };
}

function put<Value>(nodes: HeapNode<Value>[], node: HeapNode<Value>, place: number): void {
  nodes[place] = node;
  node.place = place;
}

function rise<Value>(nodes: HeapNode<Value>[], node: HeapNode<Value>, isBefore: IsBefore<Value>): void {
  while (node.place > 0) {
    const parent = nodes[(node.place - 1) >> 1];
    if (parent === undefined || !isBefore(node.value, parent.value)) return;
    swap(nodes, parent, node);
  }
}

function sink<Value>(nodes: HeapNode<Value>[], node: HeapNode<Value>, isBefore: IsBefore<Value>): void {
  for (;;) {
    const [left, right] = [nodes[2 * node.place + 1], nodes[2 * node.place + 2]];
    const child = right !== undefined && left !== undefined && isBefore(right.value, left.value) ? right : left;
    if (child === undefined || !isBefore(child.value, node.value)) return;
    swap(nodes, child, node);
  }
}

function swap<Value>(nodes: HeapNode<Value>[], one: HeapNode<Value>, other: HeapNode<Value>): void {
  const { place } = one;
  put(nodes, one, other.place);
  put(nodes, other, place);
}
