"""The full text of crawled pages: an index to put them into, and to search."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.fulltext._index import FullTextIndex as FullTextIndex
    from turnout.fulltext._index import open_index as open_index
    from turnout.fulltext._page_rank import Ranks as Ranks
    from turnout.fulltext._page_rank import page_rank as page_rank
    from turnout.fulltext._query import QueryError as QueryError
    from turnout.fulltext._query import parse_query as parse_query
    from turnout.fulltext._search import Found as Found
    from turnout.fulltext._search import Hit as Hit
    from turnout.fulltext._search import Search as Search
    from turnout.fulltext._search import Typos as Typos
    from turnout.fulltext._shards import Searcher as Searcher
    from turnout.fulltext._shards import ShardedSearch as ShardedSearch
    from turnout.fulltext._shards import open_search as open_search
    from turnout.fulltext._snippet import Piece as Piece

__getattr__, __dir__ = lazy(
    __name__,
    {
        "FullTextIndex": "._index",
        "open_index": "._index",
        "Ranks": "._page_rank",
        "page_rank": "._page_rank",
        "QueryError": "._query",
        "parse_query": "._query",
        "Found": "._search",
        "Hit": "._search",
        "Search": "._search",
        "Typos": "._search",
        "Searcher": "._shards",
        "ShardedSearch": "._shards",
        "open_search": "._shards",
        "Piece": "._snippet",
    },
)
