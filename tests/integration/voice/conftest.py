"""A shop of eight customers who say and do things, loaded from files and computed once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from influence.compute import ComputeOptions, compute_run
from influence.graph import Graph
from influence.load import LoadOptions, PseudonymKey, load_folder
from influence.progress import Silent

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

FILES = {
    "customers": "customer_id,name,country,segment,joined_at,opted_out,willingness\n"
    "ann,Ann Archer,DE,family,2024-01-01,,9\nben,Ben Baker,DE,family,2024-01-01,,8\ncai,Cai Carter,FR,family,2024-01-01,,\n"
    "dee,Dee Dyer,FR,family,2024-01-01,,\neve,Eve Elder,FR,student,2024-01-01,,\nfay,Fay Fisher,DE,student,2024-01-01,yes,10\n"
    "gil,Gil Gardener,DE,student,2024-01-01,,7\nhal,Hal Hunter,DE,student,2024-01-01,,\n",
    "products": "product_id\nmug\npot\n",
    "topics": "topic_id\ncoffee\n",
    "product_topics": "product_id,topic_id\nmug,coffee\npot,coffee\n",
    # ben's tie to cai is twice as strong; dee and ben are both unhappy and hear nothing new from each other
    "friendships": "customer_id,friend_id,since,weight\nben,ann,2024-01-01,\nben,cai,2024-01-01,2\nben,dee,2024-01-01,\n"
    "dee,gil,2024-01-01,\ndee,fay,2024-01-01,\n",
    "purchases": "line_id,customer_id,product_id,at,quantity,revenue,margin,currency\n"
    "1,ann,mug,2024-02-01,1,1000,400,EUR\n2,ann,pot,2024-06-01,1,2000,900,EUR\n3,ben,mug,2024-02-05,1,1000,400,EUR\n"
    "4,ben,mug,2024-09-01,1,1000,400,EUR\n5,cai,pot,2024-03-01,1,2000,900,EUR\n6,dee,mug,2024-04-01,1,1000,400,EUR\n"
    "7,eve,mug,2024-05-01,1,1000,400,EUR\n8,gil,pot,2024-05-01,1,2000,900,EUR\n9,hal,mug,2025-04-10,1,1000,400,EUR\n"
    "10,gil,mug,2025-05-01,1,1000,400,EUR\n11,eve,pot,2025-12-01,1,2000,900,EUR\n",
    "referrals": "referrer_id,referred_id,at,customer_at,status\ncai,hal,2025-04-01,2025-04-10,customer\n",
    # ben was happy once; hal's answer is of after the day of the data; fay has opted out
    "responses": "customer_id,kind,score,at,channel,wave\n"
    "ben,nps,9,2025-01-10,mail,Q1\nann,nps,10,2025-06-10,mail,Q2\nben,nps,3,2025-06-10,shop,Q2\n"
    "cai,nps,9,2025-06-10,shop,Q2\ndee,nps,6,2025-06-10,shop,Q2\neve,nps,9,2025-06-10,shop,Q2\n"
    "fay,nps,10,2025-06-10,shop,Q2\ngil,nps,8,2025-06-10,shop,Q2\nhal,nps,2,2026-02-01,shop,Q3\n"
    "ben,ces,2,2025-07-01,phone,2025\ncai,ces,7,2025-07-01,phone,2025\nann,influence,7,2025-07-01,mail,2025\n",
    "advocacy": "customer_id,topic_id,kind,status,at\n"
    "ann,coffee,beta,willing,2025-05-01\nann,coffee,reference,asked,2025-07-01\nann,coffee,reference,,2025-08-01\n"
    "cai,coffee,speaking,asked,2025-03-01\ncai,coffee,speaking,declined,2025-03-05\n"
    "gil,coffee,review,asked,2025-09-01\nfay,coffee,review,asked,2025-09-01\neve,coffee,review,asked,2026-01-05\n",
    "groups": "group_id\nclub\nold\n",
    "memberships": "customer_id,group_id,joined_at,left_at\nann,club,2025-12-01,\nben,club,,\n"
    "cai,old,2024-05-01,2025-06-01\nfay,club,2025-01-01,\ndee,club,2026-05-01,\n",
    "contacts": "customer_id,channel,at,cost,saved,currency,solved_by,solved_at\n"
    "ben,phone,2025-03-01,900,,EUR,,2025-03-01\nben,mail,2025-12-20,500,,EUR,,\ncai,forum,2025-03-02,100,,EUR,ann,2025-03-03\n"
    "eve,forum,2025-03-04,0,800,EUR,ann,2025-03-05\nfay,phone,2025-03-06,400,,EUR,,2025-03-06\n",
}


@pytest.fixture(scope="module")
def spoken(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The shop, loaded and computed as of the first day of 2026."""
    folder = tmp_path_factory.mktemp("spoken")
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    key = PseudonymKey(Path(folder) / "pseudonym.key")
    report = load_folder(graph, folder, LoadOptions(), key, Silent(), NOW)
    assert sum(file.rejected for file in report.files) == 0
    compute_run(graph, ComputeOptions(as_of=AS_OF), now=NOW, run_id="voice-run")
    return graph
