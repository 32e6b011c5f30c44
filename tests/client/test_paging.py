# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import pytest

from airflow_provider_allhours.client.paging import sign_of_more


@pytest.mark.parametrize(
    "headers",
    [
        {"Link": '<https://x.example/Users?page=2>; rel="next"'},
        {"link": "<https://x.example/Users?page=2>; rel=next"},
        {"Link": '</Users?page=1>; rel="prev", </Users?page=3>; title="x"; rel="last next"'},
        {"X-Total-Count": "21"},
        {"x-total": " 21 "},
        {"Content-Range": "items 0-19/21"},
        {"X-Pagination": '{"TotalCount": 21}'},
        {"X-Pagination": '{"totalCount": "21", "pageSize": 20}'},
        {"X-Pagination": '{"CurrentPage": 1, "TotalPages": 2}'},
        {"X-Pagination": '{"TotalPages": 2}'},
        {"X-Pagination": '{"HasNext": true}'},
        {"X-Pagination": "21"},
        {"X-Pagination": "totalCount=21;page=1"},
        {"Pagination": '{"total": 21}'},
        {"X-Paging": '{"nextPageLink": "/Users?page=2"}'},
        {"Paging-Headers": '{"totalCount": 21, "currentPage": 1}'},
        {"X-Total-Count": "21, 21"},
        {"X-Total-Records": "21"},
        {"X-Total-Items": "21"},
        {"X-Total-Pages": "2"},
        {"X-Page-Count": "2"},
        {"X-Next-Page": "2"},
        {"X-Next-Link": "/Users?page=2"},
        {"X-Has-More": "true"},
        {"X-Truncated": "1"},
        {"x-ms-continuation": "token"},
        {"X-Continuation-Token": "abc"},
    ],
)
def test_headers_that_say_there_is_more_than_came(headers: dict[str, str]) -> None:
    assert sign_of_more(headers, 20)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Link": '<https://x.example/Users?page=1>; rel="prev"'},
        {"Link": '<https://x.example/next>; rel="self"; title="next page"'},
        {"X-Total-Count": "20"},
        {"X-Total-Count": "many"},
        {"X-Total-Count": ""},
        {"Content-Range": "items 0-19/*"},
        {"Content-Range": "items 0-19/20"},
        {"X-Pagination": '{"TotalCount": 20, "HasNext": false, "NextPageLink": ""}'},
        {"X-Pagination": '{"CurrentPage": 2, "TotalPages": 2}'},
        {"X-Pagination": "["},
        {"X-Pagination": json.dumps([21])},
        {"Content-Length": "99999"},
        {"Link": '</v2/Users>; rel="next-version"'},
        {"X-Total-Pages": "1"},
        {"X-Next-Page": ""},
        {"X-Has-More": "false"},
        {"X-RateLimit-Remaining": "4000"},
        {"X-Rate-Limit-Total": "4000"},
        {"X-Content-Type-Options": "nosniff"},
        {"X-Request-Id": "999999"},
        {"Country": "386"},
        {"X-Account-Id": "4711"},
        {"X-Nextjs-Cache": "HIT"},
        {"X-Total-Time": "351"},
        {"X-Request-Count": "4711"},
        {"X-Discount": "21"},
    ],
)
def test_headers_that_do_not(headers: dict[str, str]) -> None:
    assert sign_of_more(headers, 20) is None
