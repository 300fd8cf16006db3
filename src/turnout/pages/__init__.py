"""What a crawl hands to an index: pages, and how they refer to each other."""

from turnout.pages._graph import FRONTIER_FILE as FRONTIER_FILE
from turnout.pages._graph import INDEX_FOLDER as INDEX_FOLDER
from turnout.pages._graph import Edges as Edges
from turnout.pages._graph import read_aliases as read_aliases
from turnout.pages._graph import read_anchors as read_anchors
from turnout.pages._graph import shard_folder as shard_folder
from turnout.pages._graph import shard_folders as shard_folders
from turnout.pages._keys import content_key as content_key
from turnout.pages._keys import page_key as page_key
from turnout.pages._seen import RecentMap as RecentMap
from turnout.pages._seen import SeenSet as SeenSet
from turnout.pages._types import Page as Page
from turnout.pages._types import PageIndex as PageIndex
