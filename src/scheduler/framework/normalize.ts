/** Scores brought to 0..100 in proportion to the greatest (plugins/helper/normalize_score.go). */
import { type NodeScore, scoreMax } from './plugin.js'

/** `reverse`: the greatest becomes 0 and 0 becomes 100. */
export function normalizeScores(scores: NodeScore[], { reverse = false } = {}): void {
  const greatest = scores.reduce((max, { score }) => Math.max(max, score), 0)
  for (const one of scores) {
    const share = greatest === 0 ? 0 : Math.floor((scoreMax * one.score) / greatest)
    one.score = reverse ? scoreMax - share : share
  }
}
